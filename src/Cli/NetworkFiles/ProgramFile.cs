using Google.Protobuf;
using RttNetwork.Client;
using RttNetwork.Wire.V1;

namespace RttNetwork.Cli.NetworkFiles;

/// <summary>
/// A file with one version of a program (<c>program:</c>) or of a rule pack (<c>pack:</c>). Its request id follows from the
/// network and the content, so the same file published again changes nothing.
/// </summary>
internal sealed class ProgramFile
{
    private const string Template = "template.";
    private const string RulePackField = "rule_pack.";

    private readonly MessageFile _file;
    private readonly ProgramTemplate? _template;
    private readonly RulePack? _pack;

    private ProgramFile(MessageFile file, ProgramTemplate? template, RulePack? pack) => (_file, _template, _pack) = (file, template, pack);

    /// <summary>"RTT-KaT-12 version 1", for messages.</summary>
    public string Title => _template is { } template ? $"{template.Program} version {template.Version}" : $"{_pack!.Pack} version {_pack.Version}";

    /// <summary>"programs" or "rule packs".</summary>
    public string Kind => _template is null ? "rule packs" : "programs";

    /// <exception cref="NetworkFileException">It is not as it must be.</exception>
    public static ProgramFile Open(string path) => Of(MessageFile.Open(path));

    /// <inheritdoc cref="Open"/>
    public static ProgramFile Parse(string text, string file) => Of(MessageFile.Parse(text, file));

    /// <summary>Every file of the folders, in order of names; none of a folder that is not there.</summary>
    public static IEnumerable<ProgramFile> All(params string[] folders) =>
        folders.Where(Directory.Exists).SelectMany(f => Directory.GetFiles(f, "*.yaml").Order(StringComparer.Ordinal)).Select(Open);

    /// <summary>Publishes it, and gives the reply.</summary>
    /// <exception cref="NetworkFileException">The network found faults; each has its line.</exception>
    /// <exception cref="RttException">It was refused for another reason, ALREADY_EXISTS among them.</exception>
    public async Task<IMessage> Publish(RttClient client, string network, bool validateOnly, CancellationToken cancel)
    {
        var parent = ResourceName.Network(network);
        try
        {
            if (_template is { } template)
            {
                var request = new CreateProgramVersionRequest { Parent = parent, Template = template, ValidateOnly = validateOnly };
                request.RequestId = SeedPlan.Identify(network, Kind, Title, request);
                return await client.Programs.CreateProgramVersionAsync(request, RttClient.Repeat, cancellationToken: cancel);
            }

            var publish = new CreateRulePackVersionRequest { Parent = parent, RulePack = _pack!.Clone(), ValidateOnly = validateOnly };
            if (publish.RulePack.Site is { Length: > 0 } site)
            {
                publish.RulePack.Site = Names.Site(site, network);
            }

            publish.RequestId = SeedPlan.Identify(network, Kind, Title, publish);
            return await client.Programs.CreateRulePackVersionAsync(publish, RttClient.Repeat, cancellationToken: cancel);
        }
        catch (RttException e) when (e.Refusal.Fields.Count > 0)
        {
            throw new NetworkFileException([.. e.Refusal.Fields.Select(f => _file.Locate(Within(f.Field), f.Description))]);
        }
    }

    /// <summary>Publishes them one after the other; those that are there already, in this or a later version, stay as they are.</summary>
    public static async Task PublishAll(IEnumerable<ProgramFile> files, RttClient client, string network, CancellationToken cancel)
    {
        foreach (var file in files)
        {
            try
            {
                await file.Publish(client, network, validateOnly: false, cancel);
            }
            catch (RttException e) when (e.Refusal.Reason == "ALREADY_EXISTS")
            {
                // An operator's own version of it, or this one by another request.
            }
        }
    }

    private static ProgramFile Of(MessageFile file) => file.Has("pack")
        ? new ProgramFile(file, null, file.Read<RulePack>())
        : new ProgramFile(file, file.Read<ProgramTemplate>(), null);

    private static string Within(string field) =>
        field.StartsWith(Template, StringComparison.Ordinal) ? field[Template.Length..] : field.StartsWith(RulePackField, StringComparison.Ordinal) ? field[RulePackField.Length..] : field;
}
