using System.Reflection;
using System.Runtime.CompilerServices;

namespace RttNetwork.Architecture.Tests;

/// <summary>The sources and the assemblies that the rules are held against.</summary>
internal static class Repository
{
    /// <summary>Set to 1, the approved files are written anew instead of compared: look at the difference before you commit it.</summary>
    public static readonly bool Approving = Environment.GetEnvironmentVariable("RTT_APPROVE") == "1";

    public static string Root { get; } = FindRoot();

    public static string Tests { get; } = Path.Combine(Root, "tests", "Architecture.Tests");

    /// <summary>Our own projects under src.</summary>
    public static IReadOnlyList<string> Projects { get; } =
        [.. Directory.GetFiles(Path.Combine(Root, "src"), "*.csproj", SearchOption.AllDirectories).Select(p => Path.GetFileNameWithoutExtension(p)!).Order(StringComparer.Ordinal)];

    public static Assembly Load(string project) => Assembly.Load($"RttNetwork.{project}");

    /// <summary>C# sources under a folder of the repository, with "/" in their names, from the root on.</summary>
    public static IEnumerable<(string Name, string Text)> Sources(string folder = "src") =>
        from file in Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories)
        let name = Path.GetRelativePath(Root, file).Replace('\\', '/')
        where !name.Contains("/obj/", StringComparison.Ordinal) && !name.Contains("/bin/", StringComparison.Ordinal)
        select (name, File.ReadAllText(file));

    /// <summary>Compares with an approved file, or writes it when <see cref="Approving"/>.</summary>
    /// <param name="file">The file's name from this project's folder.</param>
    /// <param name="actual">What it is now.</param>
    /// <param name="why">What a difference means.</param>
    public static void Approve(string file, string actual, string why)
    {
        var path = Path.Combine(Tests, file);
        if (Approving)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, actual);
            return;
        }
        Assert.True(File.Exists(path), $"{file} is missing: run the tests with RTT_APPROVE=1 and commit it. {why}");
        var approved = File.ReadAllText(path).Split('\n');
        var lines = actual.Split('\n');
        var gone = approved.Except(lines).ToList();
        var come = lines.Except(approved).ToList();
        Assert.True(approved.SequenceEqual(lines), $"{file} is not what it was. {why}\nGone:\n  {string.Join("\n  ", gone)}\nCome:\n  {string.Join("\n  ", come)}");
    }

    private static string FindRoot([CallerFilePath] string here = "")
    {
        foreach (var start in new[] { AppContext.BaseDirectory, Path.GetDirectoryName(here)! })
        {
            for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
            {
                if (File.Exists(Path.Combine(folder.FullName, "RttNetwork.sln"))) return folder.FullName;
            }
        }
        throw new InvalidOperationException("The repository's root was not found.");
    }
}
