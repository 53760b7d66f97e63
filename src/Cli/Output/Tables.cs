using Spectre.Console;

namespace RttNetwork.Cli.Output;

/// <summary>Tables without frames, that can be read, copied and searched.</summary>
internal static class Tables
{
    public static Table Of(params string[] columns)
    {
        var table = new Table().Border(TableBorder.None);
        foreach (var column in columns)
        {
            table.AddColumn(new TableColumn(new Text(column, new Style(decoration: Decoration.Dim))).NoWrap().PadRight(2).PadLeft(0));
        }

        return table;
    }

    /// <summary>Text as it is: a name with brackets is no markup.</summary>
    public static Text Cell(this string text) => new(text);
}
