using System.Text;

namespace RttNetwork.Domain.Common;

/// <summary>How a name of the code is stored and shown as a code.</summary>
public static class Codes
{
    /// <summary>"CancelRequested" as "cancel-requested".</summary>
    public static string Kebab(string name)
    {
        var code = new StringBuilder(name.Length + 4);
        foreach (var c in name)
        {
            if (char.IsUpper(c) && code.Length > 0) code.Append('-');
            code.Append(char.ToLowerInvariant(c));
        }
        return code.ToString();
    }
}
