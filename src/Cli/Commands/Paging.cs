using System.CommandLine;

namespace RttNetwork.Cli.Commands;

/// <summary>Lists are paged on the wire; a person wants the list. Bounded, and it says when there is more.</summary>
internal static class Paging
{
    private const int PageMax = 200;

    public static Option<int> Limit() => new("--limit") { Description = "Show at most so many", DefaultValueFactory = _ => 500, HelpName = "N" };

    public static async Task<List<T>> All<T>(Invocation run, Option<int> limit, Func<int, string, Task<(IEnumerable<T> Items, string Next)>> page)
    {
        var most = run.Get(limit);
        if (most < 1)
        {
            throw new UsageException("--limit is 1 or more.");
        }

        var all = new List<T>();
        var token = "";
        do
        {
            var (items, next) = await page(Math.Min(PageMax, most - all.Count), token);
            all.AddRange(items);
            token = next;
        }
        while (token.Length > 0 && all.Count < most);

        if (token.Length > 0 || all.Count > most)
        {
            run.Report.Note($"There are more than {most}: --limit shows more of them.");
        }

        return all.Count > most ? all[..most] : all;
    }
}
