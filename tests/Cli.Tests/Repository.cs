namespace RttNetwork.Cli.Tests;

/// <summary>Files of the checkout that the tests were built from.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    public static string File(params string[] parts) => Path.Combine([Root, .. parts]);

    private static string FindRoot()
    {
        var at = new DirectoryInfo(AppContext.BaseDirectory);
        while (!System.IO.File.Exists(Path.Combine(at.FullName, "RttNetwork.sln")))
        {
            at = at.Parent ?? throw new InvalidOperationException("The tests run from a checkout.");
        }

        return at.FullName;
    }
}
