using System.Text;

namespace RttNetwork.Cli.Output;

/// <summary>
/// Writes lines without the blanks at their ends: a table pads its last column, which folds in a narrower terminal further down the pipe and
/// spoils every comparison.
/// </summary>
internal sealed class TrimmedLines(TextWriter inner) : TextWriter
{
    private readonly StringBuilder _blanks = new();

    public override Encoding Encoding => inner.Encoding;

    public override void Write(char value)
    {
        switch (value)
        {
            case ' ':
                _blanks.Append(value);
                return;
            case '\r' or '\n':
                _blanks.Clear();
                break;
            default:
                inner.Write(_blanks.ToString());
                _blanks.Clear();
                break;
        }

        inner.Write(value);
    }

    public override void Flush() => inner.Flush();
}
