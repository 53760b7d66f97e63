using System.CommandLine;
using RttNetwork.Cli.Connection;
using RttNetwork.Cli.Output;
using RttNetwork.Client;
using RttNetwork.Wire.V1;
using Spectre.Console;

namespace RttNetwork.Cli.Commands;

/// <summary><c>rtt cohorts</c>: the cohorts of a site, or one of them in full.</summary>
internal static class CohortsCommand
{
    public static Command Create(Surroundings surroundings)
    {
        var name = new Argument<string?>("cohort") { Description = "One cohort in full: SITE/COHORT", Arity = ArgumentArity.ZeroOrOne, HelpName = "COHORT", DefaultValueFactory = _ => null };
        var site = new Option<string?>("--site") { Description = "The site whose cohorts to list [the token's, when it has one]", HelpName = "S" };
        var limit = Paging.Limit();
        var command = new Command("cohorts", "Lists the cohorts of a site, or shows one with its sessions and staff.") { name, site, limit };
        var connection = new ConnectionOptions().AddTo(command);
        command.Does(surroundings, async run =>
        {
            using var to = connection.Open(run);
            if (run.Parsed.GetValue(name) is { } one)
            {
                var cohort = await to.Client.Cohorts.GetCohortAsync(
                    new GetCohortRequest { Name = Names.Cohort(one, to.Network, run.Get(site) ?? to.Site) }, cancellationToken: run.Cancel);
                run.Report.Result(() => WireJson.Of(cohort), console => Show(cohort, console));
                return ExitCode.Ok;
            }

            var parent = to.SiteName(run.Get(site));
            var cohorts = await Paging.All<Cohort>(run, limit, async (page, token) =>
            {
                var reply = await to.Client.Cohorts.ListCohortsAsync(
                    new ListCohortsRequest { Parent = parent, PageSize = page, PageToken = token }, cancellationToken: run.Cancel);
                return (reply.Cohorts, reply.NextPageToken);
            });
            run.Report.Result(() => WireJson.Of(cohorts), console => console.Write(List(cohorts)));
            return ExitCode.Ok;
        });
        return command;
    }

    private static Table List(List<Cohort> cohorts)
    {
        var table = Tables.Of("COHORT", "NAME", "PROGRAM", "FIRST DAY", "INTAKE CLOSES", "OPEN", "BOOKED", "HELD", "USABLE", "BOUND BY", "STATE");
        foreach (var cohort in cohorts)
        {
            var seats = cohort.Seats ?? new SeatCount();
            table.AddRow(
                Names.Short(cohort.Name).Cell(),
                cohort.DisplayName.Cell(),
                cohort.Program.Cell(),
                WireJson.Day(cohort.FirstDay).Cell(),
                WireJson.Instant(cohort.IntakeCloseTime).Cell(),
                $"{seats.Open}".Cell(),
                $"{seats.Booked}".Cell(),
                $"{seats.Held}".Cell(),
                $"{seats.Usable}".Cell(),
                seats.BoundBy.Cell(),
                State(cohort.State).Cell());
        }

        return table;
    }

    private static void Show(Cohort cohort, IAnsiConsole console)
    {
        var seats = cohort.Seats ?? new SeatCount();
        var facts = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(2)).AddColumn();
        facts.AddRow("cohort".Cell(), $"{Names.Short(cohort.Name)}  {cohort.DisplayName}".Cell());
        facts.AddRow("program".Cell(), $"{cohort.Program}, version {cohort.TemplateVersion}".Cell());
        facts.AddRow("room".Cell(), ResourceName.Id(cohort.Room).Cell());
        facts.AddRow("days".Cell(), $"{WireJson.Day(cohort.FirstDay)} to {WireJson.Day(cohort.LastDay)}".Cell());
        facts.AddRow("intake closes".Cell(), WireJson.Instant(cohort.IntakeCloseTime).Cell());
        facts.AddRow("seats".Cell(), $"{seats.Open} open; {seats.Booked} booked and {seats.Held} held of {seats.Usable} usable, bound by {seats.BoundBy}; template {cohort.SeatsMin} to {cohort.SeatsMax}".Cell());
        facts.AddRow("state".Cell(), State(cohort.State).Cell());
        foreach (var rule in cohort.Staffing)
        {
            var counted = cohort.Facilitators.Count(f => f.Role == rule.Role && f.Counted);
            facts.AddRow(rule.Role.Cell(), $"{counted} x {rule.ParticipantsPerMember} = {counted * rule.ParticipantsPerMember} seats (at least {rule.MembersMin} present)".Cell());
        }

        foreach (var facilitator in cohort.Facilitators)
        {
            facts.AddRow("".Cell(), $"{ResourceName.Id(facilitator.Facilitator)} as {facilitator.Role}{(facilitator.Counted ? "" : ", not counted: credential withdrawn")}".Cell());
        }

        console.Write(facts);
        var table = Tables.Of("SESSION", "LOCAL TIME", "MINUTES", "INSTANT", "");
        foreach (var session in cohort.Sessions)
        {
            var at = session.LocalStart;
            table.AddRow(
                session.Kind.Cell(),
                (at is null ? "-" : $"{at.Year:0000}-{at.Month:00}-{at.Day:00} {at.Hours:00}:{at.Minutes:00}").Cell(),
                $"{(session.Duration?.Seconds ?? 0) / 60}".Cell(),
                WireJson.Instant(session.StartTime).Cell(),
                (session.Virtual ? "virtual" : "").Cell());
        }

        console.Write(table);
    }

    private static string State(CohortState state) => state switch
    {
        CohortState.Open => "open",
        CohortState.AtRisk => "AT RISK",
        _ => "-",
    };
}
