using System.Globalization;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using NodaTime.Text;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;
using Date = Google.Type.Date;
using DateTime = Google.Type.DateTime;
using TimeOfDay = Google.Type.TimeOfDay;

namespace RttNetwork.Cli.NetworkFiles;

/// <summary>
/// A file that says one message of the wire, in YAML: its keys are the message's fields, with hyphens
/// (<c>participants-per-member</c>). What is no such field, or of another form, is found here with its line; what the
/// network finds wrong comes back with the field, and <see cref="Locate"/> knows its line.
/// </summary>
internal sealed class MessageFile
{
    private readonly string _file;
    private readonly YamlMappingNode _root;

    private MessageFile(string file, YamlMappingNode root)
    {
        _file = file;
        _root = root;
    }

    /// <summary>Opens a file that holds one mapping.</summary>
    /// <exception cref="NetworkFileException">It is no YAML, or no mapping.</exception>
    public static MessageFile Open(string file) => Parse(File.ReadAllText(file), file);

    /// <inheritdoc cref="Open"/>
    public static MessageFile Parse(string text, string file)
    {
        var faults = new Faults(file);
        var root = Load(text, faults);
        if (root is not YamlMappingNode map)
        {
            if (!faults.Any)
            {
                faults.Add(new Mark(1, "file"), "must be a mapping (key: value)");
            }

            throw new NetworkFileException(faults.Lines);
        }

        return new MessageFile(file, map);
    }

    public bool Has(string key) => _root.Children.ContainsKey(new YamlScalarNode(key));

    /// <summary>A text of the file itself, beside the message's fields.</summary>
    /// <exception cref="NetworkFileException">It is not there.</exception>
    public string Text(string key) => _root.Children.TryGetValue(new YamlScalarNode(key), out var node) && node is YamlScalarNode { Value: { Length: > 0 } text }
        ? text
        : throw new NetworkFileException([Locate(key, "is missing, or no text")]);

    /// <summary>The message that the file says.</summary>
    /// <param name="beside">Keys of the file that are no fields of the message.</param>
    /// <exception cref="NetworkFileException">It has what the message has not, or in another form.</exception>
    public TMessage Read<TMessage>(params string[] beside)
        where TMessage : IMessage, new()
    {
        var faults = new Faults(_file);
        var message = new TMessage();
        Fill(message, _root, "", faults, beside);
        return faults.Any ? throw new NetworkFileException(faults.Lines) : message;
    }

    /// <summary>One line for a fault that the network found: <c>file:line: path: description</c>.</summary>
    /// <param name="field">The field's path from the message on: <c>sessions[2].staffing[0].members_min</c>.</param>
    public string Locate(string field, string description)
    {
        YamlNode at = _root;
        var line = 1;
        foreach (var part in field.Replace("[", ".[", StringComparison.Ordinal).Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            YamlNode? next = null;
            if (part[0] == '[')
            {
                if (at is YamlSequenceNode list && int.TryParse(part[1..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var i) && i < list.Children.Count)
                {
                    next = list.Children[i];
                }
            }
            else if (at is YamlMappingNode map)
            {
                next = map.Children.FirstOrDefault(c => c.Key is YamlScalarNode { Value: { } name } && name == Hyphens(part)).Value;
            }

            if (next is null)
            {
                break;
            }

            (at, line) = (next, (int)next.Start.Line);
        }

        return $"{_file}:{line}: {Hyphens(field)}: {description}";
    }

    /// <summary>The document of a text, or null with its faults.</summary>
    public static YamlNode? Load(string text, Faults faults)
    {
        var scanner = new Scanner(new StringReader(text));
        try
        {
            var yaml = new YamlStream();
            yaml.Load(new Parser(scanner));
            if (yaml.Documents is [var document])
            {
                return document.RootNode;
            }

            faults.Add(new Mark(1, "file"), "must hold one document");
        }
        catch (YamlException e)
        {
            faults.Add(new Mark((int)e.Start.Line, "file"), e.InnerException?.Message ?? e.Message);
        }
        catch (InvalidOperationException)
        {
            // What the library throws in the middle of a bracket that is never closed.
            faults.Add(new Mark((int)scanner.CurrentPosition.Line, "file"), "no YAML here: is a bracket or a quote left open above?");
        }

        return null;
    }

    private static void Fill(IMessage message, YamlMappingNode map, string path, Faults faults, params string[] beside)
    {
        var fields = message.Descriptor.Fields.InDeclarationOrder();
        foreach (var (key, value) in map.Children)
        {
            var name = (key as YamlScalarNode)?.Value ?? "";
            var at = path.Length == 0 ? name : $"{path}.{name}";
            if (beside.Contains(name))
            {
                continue;
            }

            if (fields.FirstOrDefault(f => Hyphens(f.Name) == name) is not { } field)
            {
                faults.Add(new Mark((int)key.Start.Line, at), $"no key '{name}' here; keys: {string.Join(", ", fields.Select(f => Hyphens(f.Name)).Concat(beside).Order(StringComparer.Ordinal))}");
            }
            else if (!IsEmpty(value))
            {
                Set(message, field, value, at, faults);
            }
        }
    }

    private static void Set(IMessage message, FieldDescriptor field, YamlNode node, string at, Faults faults)
    {
        if (!field.IsRepeated)
        {
            if (Value(field, node, at, faults) is { } value)
            {
                field.Accessor.SetValue(message, value);
            }

            return;
        }

        if (node is not YamlSequenceNode list)
        {
            faults.Add(new Mark((int)node.Start.Line, at), "must be a list");
            return;
        }

        var items = (System.Collections.IList)field.Accessor.GetValue(message);
        for (var i = 0; i < list.Children.Count; i++)
        {
            if (field.FieldType == FieldType.Int32 && list.Children[i] is YamlScalarNode { Value: { } text } && TryRange(text, out var from, out var to))
            {
                for (var number = from; number <= to; number++)
                {
                    items.Add(number);
                }
            }
            else if (Value(field, list.Children[i], $"{at}[{i}]", faults) is { } item)
            {
                items.Add(item);
            }
        }
    }

    /// <summary>Null, with a fault, when the node is of another form.</summary>
    private static object? Value(FieldDescriptor field, YamlNode node, string at, Faults faults)
    {
        var mark = new Mark((int)node.Start.Line, at);
        if (field.FieldType == FieldType.Message && !IsText(field.MessageType))
        {
            if (node is YamlMappingNode map)
            {
                var message = (IMessage)Activator.CreateInstance(field.MessageType.ClrType)!;
                Fill(message, map, at, faults);
                return message;
            }

            faults.Add(mark, "must be a mapping (key: value)");
            return null;
        }

        if (node is not YamlScalarNode { Value: { } text })
        {
            faults.Add(mark, "must be a text or a number");
            return null;
        }

        object? value = field.FieldType switch
        {
            FieldType.String => text,
            FieldType.Int32 => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null,
            FieldType.Bool => text is "true" or "yes" ? true : text is "false" or "no" ? false : null,
            FieldType.Enum => field.EnumType.Values.FirstOrDefault(v => v.Number != 0 && v.Name.StartsWith(text, StringComparison.OrdinalIgnoreCase) && text.Length >= 3)?.Number,
            FieldType.Message => OfText(field.MessageType, text),
            _ => throw new InvalidOperationException($"{field.FullName} cannot be written in a file: teach the reader."),
        };
        if (value is null)
        {
            faults.Add(mark, $"'{text}' must be {Form(field)}");
        }

        return field.FieldType == FieldType.Enum && value is int of ? Enum.ToObject(field.EnumType.ClrType, of) : value;
    }

    private static bool IsText(MessageDescriptor type) => type == Date.Descriptor || type == DateTime.Descriptor || type == TimeOfDay.Descriptor;

    private static object? OfText(MessageDescriptor type, string text)
    {
        if (type == Date.Descriptor)
        {
            return LocalDatePattern.Iso.Parse(text) is { Success: true, Value: var day } ? new Date { Year = day.Year, Month = day.Month, Day = day.Day } : null;
        }

        if (type == TimeOfDay.Descriptor)
        {
            return LocalTimePattern.CreateWithInvariantCulture("HH':'mm").Parse(text) is { Success: true, Value: var time } ? new TimeOfDay { Hours = time.Hour, Minutes = time.Minute } : null;
        }

        return LocalDateTimePattern.CreateWithInvariantCulture("uuuu-MM-dd HH':'mm").Parse(text) is { Success: true, Value: var at }
            ? new DateTime { Year = at.Year, Month = at.Month, Day = at.Day, Hours = at.Hour, Minutes = at.Minute }
            : null;
    }

    private static string Form(FieldDescriptor field) => field.FieldType switch
    {
        FieldType.Int32 => field.IsRepeated ? "a whole number, or a range like 1-12" : "a whole number",
        FieldType.Bool => "true or false",
        FieldType.Enum => string.Join(", ", field.EnumType.Values.Where(v => v.Number != 0).Select(v => v.Name[..3].ToLowerInvariant())),
        _ when field.MessageType == Date.Descriptor => "a day like 2027-01-31",
        _ when field.MessageType == TimeOfDay.Descriptor => "a time of day like \"17:30\"",
        _ => "a wall time like \"2027-01-31 17:30\"",
    };

    private static bool TryRange(string text, out int from, out int to)
    {
        (from, to) = (0, 0);
        return text.Split('-') is [var first, var last]
            && int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out from) && int.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out to)
            && from <= to && to <= 1000;
    }

    private static bool IsEmpty(YamlNode node) => node is YamlScalarNode { Value: null or "" or "~" or "null", Style: ScalarStyle.Plain };

    private static string Hyphens(string name) => name.Replace('_', '-');
}
