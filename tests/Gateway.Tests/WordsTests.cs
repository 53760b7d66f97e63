using System.Globalization;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using NodaTime;
using RttNetwork.Gateway.Web;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Tests;

/// <summary>How days and numbers are written in each language.</summary>
public sealed class WordsTests
{
    private static readonly Words Words = new(new StringLocalizer<Texts>(new ResourceManagerStringLocalizerFactory(Options.Create(new LocalizationOptions()), NullLoggerFactory.Instance)));

    [Theory]
    [InlineData("en", "1 Dec 2026", "Tue 1 Dec", "2 Dec", "1.5", "few")]
    [InlineData("fr", "1er déc. 2026", "mar. 1er déc.", "2 déc.", "1,5", "peu")]
    public void Days_and_numbers_are_written_as_the_language_does(string language, string date, string day, string next, string number, string few)
    {
        var before = CultureInfo.CurrentUICulture;
        CultureInfo.CurrentUICulture = new CultureInfo(language);
        try
        {
            var first = new LocalDate(2026, 12, 1);
            Assert.Equal((date, day, next), (Words.Date(first), Words.Day(first), Words.Short(first.PlusDays(1))));
            Assert.Equal((number, few, "5\u00A0000\u00A0000\u00A0000"), (Words.Number(1.5), Words.People(new PeopleCount { Suppressed = true }), Words.Number(5_000_000_000)));
        }
        finally
        {
            CultureInfo.CurrentUICulture = before;
        }
    }
}
