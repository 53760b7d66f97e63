using System.CommandLine;
using RttNetwork.Cli.Connection;
using RttNetwork.Cli.Output;
using RttNetwork.Client;
using RttNetwork.Wire.V1;
using Spectre.Console;

namespace RttNetwork.Cli.Commands;

/// <summary><c>rtt re-resolve</c>: sessions to come by the zone database of the network as it is now.</summary>
internal static class ResolveCommand
{
    public static Command Create(Surroundings surroundings)
    {
        var only = new Argument<string?>("cohort") { Description = "SITE/COHORT or an appointment [every one of the site]", HelpName = "COHORT", Arity = ArgumentArity.ZeroOrOne };
        var site = new Option<string?>("--site") { Description = "Every cohort and appointment of this site", HelpName = "S" };
        var dryRun = SeatCommands.DryRunOption();
        var command = new Command("re-resolve", "Resolves sessions to come anew from their wall times, after the network's zone database has changed. Nothing is lost: what then stands against a session is listed, and exits with 5.") { only, site, dryRun };
        var connection = new ConnectionOptions().AddTo(command);
        command.Does(surroundings, async run =>
        {
            using var to = connection.Open(run, patient: true);
            List<string> names = run.Parsed.GetValue(only) is { } one ? [Names.Cohort(one, to.Network, to.Site)] : await All(to, to.SiteName(run.Get(site)), run.Cancel);
            var resolved = new List<Cohort>();
            foreach (var name in names) resolved.Add(await Resolve(to, name, run.Get(dryRun), run.Cancel));
            // What conflicted with a cohort that came later is judged again, now that all of them are by one database.
            if (!run.Get(dryRun))
            {
                for (var i = 0; i < resolved.Count; i++)
                {
                    if (resolved[i].TimeConflicts.Count > 0) resolved[i] = await Resolve(to, resolved[i].Name, false, run.Cancel);
                }
            }

            run.Report.Result(() => WireJson.Of(resolved), console => console.Write(Table(resolved)));
            return resolved.Any(c => c.TimeConflicts.Count > 0) ? ExitCode.Failed : ExitCode.Ok;
        });
        return command;
    }

    private static async Task<List<string>> All(Connected to, string site, CancellationToken cancel)
    {
        var names = new List<string>();
        var page = "";
        do
        {
            var reply = await to.Client.Cohorts.ListCohortsAsync(new ListCohortsRequest { Parent = site, PageToken = page, PageSize = 100 }, cancellationToken: cancel);
            names.AddRange(reply.Cohorts.Select(c => c.Name));
            page = reply.NextPageToken;
        }
        while (page.Length > 0);
        do
        {
            var reply = await to.Client.Appointments.ListAppointmentsAsync(new ListAppointmentsRequest { Parent = site, PageToken = page, PageSize = 100 }, cancellationToken: cancel);
            names.AddRange(reply.Appointments.Where(a => a.State != AppointmentState.AppointmentWithdrawn).Select(a => a.Name));
            page = reply.NextPageToken;
        }
        while (page.Length > 0);
        return names;
    }

    private static async Task<Cohort> Resolve(Connected to, string cohort, bool dryRun, CancellationToken cancel) =>
        await to.Client.Times.ResolveTimesAsync(new ResolveTimesRequest { Cohort = cohort, RequestId = RequestId.New(), ValidateOnly = dryRun }, cancellationToken: cancel);

    private static Table Table(IEnumerable<Cohort> cohorts)
    {
        var table = Tables.Of("COHORT", "ZONES", "SESSION", "AT", "STANDS AGAINST IT");
        foreach (var cohort in cohorts)
        {
            if (cohort.TimeConflicts.Count == 0) table.AddRow(Names.Short(cohort.Name).Cell(), cohort.TimeZoneVersion.Cell(), "".Cell(), "".Cell(), "".Cell());
            foreach (var conflict in cohort.TimeConflicts)
            {
                var session = cohort.Sessions[conflict.Session];
                table.AddRow(
                    Names.Short(cohort.Name).Cell(),
                    cohort.TimeZoneVersion.Cell(),
                    (session.Id.Length > 0 ? session.Id : $"{conflict.Session}").Cell(),
                    WireJson.Instant(session.StartTime).Cell(),
                    (conflict.Kind == "gap" ? "the clock skips its hour" : $"{conflict.Kind} {ResourceName.Id(conflict.Subject)} is taken").Cell());
            }
        }

        return table;
    }
}
