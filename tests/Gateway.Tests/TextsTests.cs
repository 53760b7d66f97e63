using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace RttNetwork.Gateway.Tests;

/// <summary>The texts of pages: every one in both languages, and none that nobody wrote.</summary>
public sealed partial class TextsTests
{
    private static readonly string Web = Path.Combine(Root(), "src", "Gateway", "Web");

    [Fact]
    public void Both_languages_have_every_text_with_the_same_places_in_it()
    {
        var (english, french) = (Texts("Texts.resx"), Texts("Texts.fr.resx"));
        Assert.Equal(english.Keys.Order(StringComparer.Ordinal), french.Keys.Order(StringComparer.Ordinal));
        Assert.All(english, text =>
        {
            Assert.NotEmpty(french[text.Key]);
            Assert.Equal(Places(text.Value), Places(french[text.Key]));
        });
    }

    [Fact]
    public void Pages_say_nothing_that_is_not_among_the_texts()
    {
        var texts = Texts("Texts.resx");
        var said = 0;
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Root(), "src", "Gateway"), "*.cs*", SearchOption.AllDirectories).Where(f => f.Contains("/Pages/", StringComparison.Ordinal) || f.Contains("/Web/", StringComparison.Ordinal)))
        {
            foreach (var key in Said().Matches(File.ReadAllText(file)).Select(m => m.Groups[1].Value))
            {
                said++;
                Assert.True(texts.ContainsKey(key), $"{Path.GetFileName(file)} says {key}");
            }
        }
        Assert.True(said > 100, $"{said} texts were found in the pages");
    }

    private static Dictionary<string, string> Texts(string file) =>
        XDocument.Load(Path.Combine(Web, file)).Root!.Elements("data").ToDictionary(d => d.Attribute("name")!.Value, d => d.Element("value")!.Value, StringComparer.Ordinal);

    private static IEnumerable<string> Places(string text) => Place().Matches(text).Select(m => m.Value).Distinct().Order(StringComparer.Ordinal);

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "RttNetwork.sln"))) folder = folder.Parent;
        return folder!.FullName;
    }

    [GeneratedRegex(@"\b(?:T|texts)\[""([a-z0-9.-]+)""")]
    private static partial Regex Said();

    [GeneratedRegex(@"\{\d\}")]
    private static partial Regex Place();
}
