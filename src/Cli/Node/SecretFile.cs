using System.Security.Cryptography;

namespace RttNetwork.Cli.Node;

/// <summary>A key of this machine: random bytes in a file that only its user can read, made once and kept.</summary>
internal static class SecretFile
{
    private const int Bytes = 32;

    public static byte[] LoadOrCreate(string path)
    {
        if (!File.Exists(path))
        {
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            // Whole beside its place and then moved into it: a process that is killed half way leaves no half key behind.
            var half = $"{path}.new";
            using (var file = new FileStream(half, options))
            {
                file.Write(RandomNumberGenerator.GetBytes(Bytes));
                file.Flush(flushToDisk: true);
            }

            File.Move(half, path, overwrite: false);
        }

        var key = File.ReadAllBytes(path);
        return key.Length == Bytes ? key : throw new InvalidDataException($"{path} is no key: {key.Length} bytes, not {Bytes}.");
    }
}
