using System.CommandLine;
using System.Globalization;
using Date = Google.Type.Date;

namespace RttNetwork.Cli;

/// <summary>Days as people type them and as the wire has them.</summary>
internal static class Days
{
    public static bool TryParse(string? text, out DateOnly day) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out day);

    public static Date Wire(this DateOnly day) => new() { Year = day.Year, Month = day.Month, Day = day.Day };

    public static string Text(Date day) => string.Create(CultureInfo.InvariantCulture, $"{day.Year:D4}-{day.Month:D2}-{day.Day:D2}");

    public static Option<Date?> Required(string name, string description)
    {
        var option = Option(name, description);
        option.Required = true;
        return option;
    }

    public static Option<Date?> Option(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "YYYY-MM-DD",
        CustomParser = result =>
        {
            var text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
            if (TryParse(text, out var day))
            {
                return day.Wire();
            }

            result.AddError($"{name}: '{text}' is no day. Write it like 2027-01-31.");
            return null;
        },
    };
}
