using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Grpc.Core;
using RttNetwork.Cli.Commands;
using RttNetwork.Cli.Output;
using RttNetwork.Client;

namespace RttNetwork.Cli.Import;

/// <summary>What came of one line.</summary>
internal enum RowOutcome
{
    /// <summary>A new participant.</summary>
    Registered,

    /// <summary>The person was known in the network; the site now knows them too.</summary>
    Known,

    /// <summary>A rule stands against it.</summary>
    Refused,

    /// <summary>The line says nothing that could be sent.</summary>
    Invalid,

    /// <summary>The network could not be reached or did not let the caller in.</summary>
    Failed,
}

/// <param name="Line">Its number in the file, from 1.</param>
/// <param name="Patient">The patient's id in the file.</param>
/// <param name="Participant">The participant's id in the network.</param>
/// <param name="Reason">The rule, for machines.</param>
/// <param name="Message">The same in words.</param>
internal sealed record Row(int Line, RowOutcome Outcome, string Patient, string Participant, string Reason, string Message, RttException? Failure = null)
{
    public JsonObject Json() => new()
    {
        ["line"] = Line,
        ["outcome"] = Outcome.ToString().ToLowerInvariant(),
        ["patient"] = Patient,
        ["participant"] = Participant,
        ["reason"] = Reason,
        ["message"] = Message,
    };
}

/// <summary>How an import went.</summary>
/// <param name="Counts">Lines by outcome.</param>
/// <param name="StoppedBy">Why it stopped before the end of the file; null when it did not.</param>
internal sealed record ImportSummary(ImmutableDictionary<RowOutcome, int> Counts, RttException? StoppedBy)
{
    public int Of(RowOutcome outcome) => Counts.GetValueOrDefault(outcome);

    public int Lines => Counts.Values.Sum();
}

/// <summary>
/// Registers the people of an NDJSON file, line by line. A line that is bad or refused stops nothing else; a network that is gone stops
/// everything, because each further line would fail alike. The request id of a line follows from the site and the line, so that a file that
/// is imported again, or half of it, registers nobody twice.
/// </summary>
internal sealed class PatientImport(RttClient client, string network, string site, bool eligible)
{
    /// <summary>Lines in flight. Reports keep the order of the file.</summary>
    private const int AtOnceMax = 16;

    /// <summary>Characters in one line: a Patient is a few thousand, a photograph in it some hundred thousand.</summary>
    private const int LineLengthMax = 2_000_000;

    public async Task<ImportSummary> Run(TextReader reader, Action<Row> report, CancellationToken cancel)
    {
        var counts = ImmutableDictionary.CreateBuilder<RowOutcome, int>();
        var inFlight = new Queue<Task<Row>>();
        RttException? stoppedBy = null;
        var number = 0;
        await foreach (var line in Lines(reader, cancel))
        {
            number++;
            if (line is { Length: 0 })
            {
                continue;
            }

            inFlight.Enqueue(Register(number, line, cancel));
            if (inFlight.Count >= AtOnceMax)
            {
                await Next();
            }

            if (stoppedBy is not null)
            {
                break;
            }
        }

        while (inFlight.Count > 0)
        {
            await Next();
        }

        return new ImportSummary(counts.ToImmutable(), stoppedBy);

        async Task Next()
        {
            var row = await inFlight.Dequeue();
            counts[row.Outcome] = counts.GetValueOrDefault(row.Outcome) + 1;
            stoppedBy ??= row.Failure;
            report(row);
        }
    }

    /// <summary>Lines without their ends; null for one that is longer than any Patient.</summary>
    private static async IAsyncEnumerable<string?> Lines(TextReader reader, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        var line = new StringBuilder();
        var buffer = new char[16 * 1024];
        var tooLong = false;
        int read;
        while ((read = await reader.ReadAsync(buffer, cancel)) > 0)
        {
            for (var from = 0; from < read;)
            {
                var end = Array.IndexOf(buffer, '\n', from, read - from);
                var to = end < 0 ? read : end;
                tooLong |= line.Length + to - from > LineLengthMax;
                if (!tooLong)
                {
                    line.Append(buffer, from, to - from);
                }

                if (end >= 0)
                {
                    yield return tooLong ? null : line.ToString().Trim();
                    line.Clear();
                    tooLong = false;
                }

                from = to + 1;
            }
        }

        if (line.Length > 0 || tooLong)
        {
            yield return tooLong ? null : line.ToString().Trim();
        }
    }

    private async Task<Row> Register(int number, string? line, CancellationToken cancel)
    {
        if (line is null)
        {
            return new Row(number, RowOutcome.Invalid, "", "", "LINE_TOO_LONG", $"longer than {LineLengthMax} characters");
        }

        if (!PatientMapping.TryMap(line, out var request, out var patient, out var fault))
        {
            return new Row(number, RowOutcome.Invalid, patient, "", "NOT_A_PATIENT", fault);
        }

        request.Parent = site;
        request.RequestId = RequestId.Derive(network, "import-patient", site, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(line))));
        try
        {
            var participant = await Registration.Register(client, request, eligible, cancel);
            return new Row(
                number, participant.AlreadyRegistered ? RowOutcome.Known : RowOutcome.Registered, patient, ResourceName.Id(participant.Name), "", participant.Provisional ? "provisional: no identifier" : "");
        }
        catch (RttException e)
        {
            // What a rule or a field says is about this line; anything else is about the network, and so about every line to come.
            var about = RefusalText.ExitCodeOf(e.Refusal) is ExitCode.Refused or ExitCode.Usage && e.Refusal.Status != StatusCode.Aborted;
            var words = e.Refusal.Fields.Count > 0 ? string.Join("; ", e.Refusal.Fields.Select(f => $"{f.Field}: {f.Description}")) : e.Refusal.Message;
            return new Row(number, about ? RowOutcome.Refused : RowOutcome.Failed, patient, "", e.Refusal.Reason, words, about ? null : e);
        }
    }
}
