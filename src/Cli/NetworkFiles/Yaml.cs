using System.Collections.Immutable;
using System.Globalization;
using NodaTime;
using NodaTime.Text;
using YamlDotNet.RepresentationModel;

namespace RttNetwork.Cli.NetworkFiles;

/// <summary>What is wrong with a file, all of it, in order of lines.</summary>
internal sealed class Faults(string file)
{
    private const int Max = 200;

    private readonly List<(Mark Mark, string Message)> _all = [];

    public bool Any => _all.Count > 0;

    public void Add(Mark mark, string message) => _all.Add((mark, message));

    /// <summary>One line each: <c>file:line: path: message</c>.</summary>
    public ImmutableArray<string> Lines
    {
        get
        {
            var lines = _all.OrderBy(f => f.Mark.Line).Take(Max).Select(f => $"{file}:{f.Mark.Line}: {f.Mark.Path}: {f.Message}").ToList();
            if (_all.Count > Max)
            {
                lines.Add($"{file}: and {_all.Count - Max} more");
            }

            return [.. lines];
        }
    }
}

/// <summary>The file is not as it must be; the message has one line for each fault.</summary>
internal sealed class NetworkFileException(ImmutableArray<string> faults) : Exception(string.Join(Environment.NewLine, faults))
{
    public ImmutableArray<string> Faults { get; } = faults;
}

/// <summary>
/// A mapping that is read key by key. A getter that finds a fault records it with its line and gives a harmless value, so that one reading
/// finds every fault of the file; a key that nobody asked for is a fault too, because it is most often a misspelt one.
/// </summary>
internal sealed class YamlMap
{
    private readonly YamlMappingNode _node;
    private readonly Faults _faults;
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    private YamlMap(YamlMappingNode node, string path, Faults faults)
    {
        _node = node;
        _faults = faults;
        Mark = new Mark((int)node.Start.Line, path);
    }

    public Mark Mark { get; }

    public static YamlMap? From(YamlNode node, string path, Faults faults)
    {
        if (node is YamlMappingNode map)
        {
            return new YamlMap(map, path, faults);
        }

        faults.Add(new((int)node.Start.Line, path), "must be a mapping (key: value)");
        return null;
    }

    /// <summary>Says which keys were not asked for. Call it last.</summary>
    public void NothingElse()
    {
        foreach (var key in _node.Children.Keys)
        {
            if (key is YamlScalarNode { Value: { } name } && !_asked.Contains(name))
            {
                _faults.Add(new((int)key.Start.Line, Mark.Path), $"no key '{name}' here; keys: {string.Join(", ", _asked.Order(StringComparer.Ordinal))}");
            }
        }
    }

    public bool Has(string key) => Find(key) is not null;

    public Mark MarkOf(string key) => new((int)(Find(key)?.Start.Line ?? Mark.Line), PathOf(key));

    public void Fault(string key, string message) => _faults.Add(MarkOf(key), message);

    public YamlMap? Map(string key)
    {
        var node = Find(key);
        return node is null ? null : From(node, PathOf(key), _faults);
    }

    /// <summary>The entries of a list of mappings; none when the key is absent.</summary>
    public IEnumerable<YamlMap> Maps(string key)
    {
        var i = 0;
        foreach (var item in Items(key))
        {
            if (From(item, $"{PathOf(key)}[{i++}]", _faults) is { } map)
            {
                yield return map;
            }
        }
    }

    /// <summary>The keys and values of a mapping whose keys are names of the writer's own.</summary>
    public IEnumerable<(string Key, YamlMap Value)> Entries(string key)
    {
        if (Find(key) is not { } node)
        {
            yield break;
        }

        if (node is not YamlMappingNode map)
        {
            Fault(key, "must be a mapping (name: ...)");
            yield break;
        }

        foreach (var (name, value) in map.Children)
        {
            if (name is YamlScalarNode { Value: { } text } && From(value, $"{PathOf(key)}.{text}", _faults) is { } entry)
            {
                yield return (text, entry);
            }
        }
    }

    /// <summary>Every name in a mapping from names to lists of names: <c>nurse: [a, b]</c>.</summary>
    public IEnumerable<(Written<string> Key, Written<string> Value)> Lists(string key)
    {
        if (Find(key) is not { } node)
        {
            yield break;
        }

        if (node is not YamlMappingNode map)
        {
            Fault(key, "must be a mapping (name: [...])");
            yield break;
        }

        foreach (var (name, value) in map.Children)
        {
            var path = $"{PathOf(key)}.{(name as YamlScalarNode)?.Value}";
            if (name is not YamlScalarNode { Value: { } text } || value is not YamlSequenceNode list)
            {
                _faults.Add(new((int)name.Start.Line, path), "must be a list ([a, b])");
                continue;
            }

            for (var i = 0; i < list.Children.Count; i++)
            {
                var at = new Mark((int)list.Children[i].Start.Line, $"{path}[{i}]");
                if (list.Children[i] is YamlScalarNode { Value: { Length: > 0 } item })
                {
                    yield return (new(text, new((int)name.Start.Line, path)), new(item, at));
                }
                else
                {
                    _faults.Add(at, "must be a word");
                }
            }
        }
    }

    public ImmutableArray<Written<string>> Words(string key)
    {
        var words = ImmutableArray.CreateBuilder<Written<string>>();
        var i = 0;
        foreach (var item in Items(key))
        {
            var at = new Mark((int)item.Start.Line, $"{PathOf(key)}[{i++}]");
            if (item is YamlScalarNode { Value: { Length: > 0 } word })
            {
                words.Add(new(word, at));
            }
            else
            {
                _faults.Add(at, "must be a word");
            }
        }

        return words.ToImmutable();
    }

    public ImmutableArray<int> Numbers(string key, int min, int max)
    {
        var numbers = ImmutableArray.CreateBuilder<int>();
        foreach (var word in Words(key))
        {
            if (int.TryParse(word.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max)
            {
                numbers.Add(number);
            }
            else
            {
                _faults.Add(word.Mark, $"'{word.Value}' must be a whole number from {min} to {max}");
            }
        }

        return numbers.ToImmutable();
    }

    public Written<string> Text(string key)
    {
        if (TextOrNone(key) is { } text)
        {
            return text;
        }

        if (Find(key) is null)
        {
            _faults.Add(Mark, $"'{key}' is missing");
        }

        return new("", MarkOf(key));
    }

    public Written<string>? TextOrNone(string key)
    {
        var node = Find(key);
        if (node is null)
        {
            return null;
        }

        if (node is YamlScalarNode { Value: { Length: > 0 } value })
        {
            return new(value, MarkOf(key));
        }

        Fault(key, "must be a text");
        return null;
    }

    /// <summary>An id as the network takes it.</summary>
    public Written<string> Id(string key)
    {
        var text = Text(key);
        if (text.Value.Length > 0 && !IsId(text.Value))
        {
            Fault(key, $"'{text.Value}' is no id: 2 to 40 of a-z, 0-9 and hyphen, not starting or ending with a hyphen");
        }

        return text;
    }

    public int? NumberOrNone(string key, int min, int max)
    {
        if (TextOrNone(key) is not { } text)
        {
            return null;
        }

        if (int.TryParse(text.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max)
        {
            return number;
        }

        Fault(key, $"'{text.Value}' must be a whole number from {min} to {max}");
        return null;
    }

    public int Number(string key, int min, int max)
    {
        if (Find(key) is null)
        {
            _faults.Add(Mark, $"'{key}' is missing");
        }

        return NumberOrNone(key, min, max) ?? min;
    }

    public double? Degrees(string key, double max)
    {
        if (TextOrNone(key) is not { } text)
        {
            return null;
        }

        if (double.TryParse(text.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var degrees) && Math.Abs(degrees) <= max)
        {
            return degrees;
        }

        Fault(key, $"'{text.Value}' must be degrees, from -{max} to {max}");
        return null;
    }

    public bool Flag(string key, bool otherwise = false)
    {
        switch (TextOrNone(key)?.Value)
        {
            case null:
                return otherwise;
            case "true" or "yes":
                return true;
            case "false" or "no":
                return false;
            case var other:
                Fault(key, $"'{other}' must be true or false");
                return otherwise;
        }
    }

    public LocalDate? DayOrNone(string key)
    {
        if (TextOrNone(key) is not { } text)
        {
            return null;
        }

        if (LocalDatePattern.Iso.Parse(text.Value) is { Success: true } day)
        {
            return day.Value;
        }

        Fault(key, $"'{text.Value}' is no day: write it like 2027-01-31");
        return null;
    }

    public LocalDate? Day(string key)
    {
        if (Find(key) is null)
        {
            _faults.Add(Mark, $"'{key}' is missing");
        }

        return DayOrNone(key);
    }

    public LocalTime? TimeOrNone(string key)
    {
        if (TextOrNone(key) is not { } text)
        {
            return null;
        }

        if (LocalTimePattern.CreateWithInvariantCulture("HH':'mm").Parse(text.Value) is { Success: true } time)
        {
            return time.Value;
        }

        Fault(key, $"'{text.Value}' is no time of day: write it like \"17:30\"");
        return null;
    }

    public IsoDayOfWeek? WeekdayOrNone(string key)
    {
        if (TextOrNone(key) is not { } text)
        {
            return null;
        }

        for (var day = IsoDayOfWeek.Monday; day <= IsoDayOfWeek.Sunday; day++)
        {
            if (text.Value.Equals(day.ToString(), StringComparison.OrdinalIgnoreCase) || text.Value.Equals(day.ToString()[..3], StringComparison.OrdinalIgnoreCase))
            {
                return day;
            }
        }

        Fault(key, $"'{text.Value}' is no weekday: mon, tue, wed, thu, fri, sat, sun");
        return null;
    }

    public static bool IsId(string text) =>
        text.Length is >= 2 and <= 40 && text[0] != '-' && text[^1] != '-' && text.All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-');

    private IEnumerable<YamlNode> Items(string key)
    {
        switch (Find(key))
        {
            case null:
                return [];
            case YamlSequenceNode list:
                return list.Children;
            default:
                Fault(key, "must be a list");
                return [];
        }
    }

    private YamlNode? Find(string key)
    {
        _asked.Add(key);
        return _node.Children.TryGetValue(new YamlScalarNode(key), out var value) && value is not YamlScalarNode { Value: null or "" or "~" or "null" } ? value : null;
    }

    private string PathOf(string key) => Mark.Path.Length == 0 ? key : $"{Mark.Path}.{key}";
}
