using System.CommandLine;
using System.Text.Json.Nodes;
using Google.Protobuf;
using RttNetwork.Cli.Connection;
using RttNetwork.Cli.NetworkFiles;
using RttNetwork.Cli.Output;
using RttNetwork.Client;
using RttNetwork.Wire.V1;
using Spectre.Console;

namespace RttNetwork.Cli.Commands;

/// <summary><c>rtt programs</c>: the programs of a network, their versions, and the rules that plans are held to.</summary>
internal static class ProgramsCommand
{
    public static Command Create(Surroundings surroundings) => new("programs", "Programs as versioned templates: list them, show one, import a file; and the ratio rules that plans are held to.")
    {
        List(surroundings),
        Show(surroundings),
        Import(surroundings),
        Rules(surroundings),
    };

    private static Command List(Surroundings surroundings)
    {
        var limit = Paging.Limit();
        var command = new Command("list", "Lists the programs of the network, each with its newest version.") { limit };
        var connection = new ConnectionOptions().AddTo(command);
        command.Does(surroundings, async run =>
        {
            using var to = connection.Open(run);
            var programs = await Paging.All<RttNetwork.Wire.V1.Program>(run, limit, async (page, token) =>
            {
                var reply = await to.Client.Programs.ListProgramsAsync(
                    new ListProgramsRequest { Parent = ResourceName.Network(to.Network), PageSize = page, PageToken = token }, cancellationToken: run.Cancel);
                return (reply.Programs, reply.NextPageToken);
            });
            run.Report.Result(() => WireJson.Of(programs), console =>
            {
                var table = Tables.Of("PROGRAM", "NAME", "VERSION", "FROM", "WEEKS", "FOR");
                foreach (var t in programs.Select(p => p.Template))
                {
                    table.AddRow(t.Program.Cell(), t.DisplayName.Cell(), $"{t.Version}".Cell(), WireJson.Day(t.EffectiveFrom).Cell(), $"{t.Weeks}".Cell(), t.Audience.Cell());
                }

                console.Write(table);
            });
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Show(Surroundings surroundings)
    {
        var program = new Argument<string>("program") { Description = "Its code: RTT-KaT-12", HelpName = "PROGRAM" };
        var version = new Option<int>("--version") { Description = "One of its versions [the newest]", HelpName = "N" };
        var on = Days.Option("--on", "The version that a cohort beginning that day is made from");
        var command = new Command("show", "Shows a program: its sessions week by week, who must be there, and its rules.") { program, version, on };
        var connection = new ConnectionOptions().AddTo(command);
        command.Does(surroundings, async run =>
        {
            using var to = connection.Open(run);
            var found = await to.Client.Programs.GetProgramAsync(
                new GetProgramRequest { Name = ResourceName.Program(to.Network, run.Get(program)), Version = run.Get(version), EffectiveOn = run.Get(on) }, cancellationToken: run.Cancel);
            run.Report.Result(() => WireJson.Of(found), console => Show(found, console));
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Import(Surroundings surroundings)
    {
        var path = new Argument<string[]>("file") { Description = "Files with a program or a rule pack each (docs/program-file.md)", HelpName = "FILE", Arity = ArgumentArity.OneOrMore };
        var check = new Option<bool>("--check") { Description = "Only ask the network what is wrong with them" };
        var command = new Command("import", "Publishes programs and rule packs. A version never changes: the same file again changes nothing, a change is the next version.") { path, check };
        var connection = new ConnectionOptions().AddTo(command);
        command.Does(surroundings, async run =>
        {
            var (files, faults) = Read(run.Parsed.GetRequiredValue(path));
            if (files.Count > 0 && faults.Count == 0)
            {
                using var to = connection.Open(run);
                var replies = new List<IMessage>();
                foreach (var file in files)
                {
                    try
                    {
                        replies.Add(await file.Publish(to.Client, to.Network, run.Get(check), run.Cancel));
                    }
                    catch (NetworkFileException e)
                    {
                        faults.AddRange(e.Faults);
                    }
                }

                if (faults.Count == 0)
                {
                    run.Report.Result(() => WireJson.Of(replies), console =>
                    {
                        foreach (var file in files)
                        {
                            console.WriteLine($"{file.Title}: {(run.Get(check) ? "nothing wrong with it" : "published")}");
                        }
                    });
                    return ExitCode.Ok;
                }
            }

            if (run.Report.Json)
            {
                run.Report.Result(() => new JsonObject { ["error"] = new JsonObject { ["reason"] = "FILE", ["message"] = $"{faults.Count} faults", ["faults"] = new JsonArray([.. faults.Select(f => (JsonNode)f)]) } }, _ => { });
            }
            else
            {
                run.Report.Note(string.Join(Environment.NewLine, faults));
            }

            return ExitCode.Usage;
        });
        return command;
    }

    private static Command Rules(Surroundings surroundings)
    {
        var command = new Command("rules", "Shows the rule packs: ratios, caps and routes, each with its jurisdiction and dates.");
        var connection = new ConnectionOptions().AddTo(command);
        command.Does(surroundings, async run =>
        {
            using var to = connection.Open(run);
            var reply = await to.Client.Programs.ListRulePacksAsync(new ListRulePacksRequest { Parent = ResourceName.Network(to.Network) }, cancellationToken: run.Cancel);
            run.Report.Result(() => WireJson.Of(reply.RulePacks), console =>
            {
                var table = Tables.Of("PACK", "WHERE", "FROM", "UNTIL", "SESSION", "ROUTE", "DOSE", "RULE");
                foreach (var pack in reply.RulePacks)
                {
                    foreach (var (kind, route, dose, rule) in Rows(pack))
                    {
                        table.AddRow(
                            $"{pack.Pack} {pack.Version}".Cell(),
                            (pack.Site.Length > 0 ? ResourceName.Id(pack.Site) : pack.Jurisdiction.Length > 0 ? pack.Jurisdiction : "everywhere").Cell(),
                            WireJson.Day(pack.EffectiveFrom).Cell(),
                            WireJson.Day(pack.EffectiveUntil).Cell(),
                            kind.Cell(),
                            route.Cell(),
                            dose.Cell(),
                            rule.Cell());
                    }
                }

                console.Write(table);
            });
            return ExitCode.Ok;
        });
        return command;
    }

    private static (List<ProgramFile> Files, List<string> Faults) Read(string[] paths)
    {
        var (files, faults) = (new List<ProgramFile>(), new List<string>());
        foreach (var path in paths)
        {
            try
            {
                files.Add(ProgramFile.Open(path));
            }
            catch (NetworkFileException e)
            {
                faults.AddRange(e.Faults);
            }
        }

        return (files, faults);
    }

    private static IEnumerable<(string Kind, string Route, string Dose, string Rule)> Rows(RulePack pack) =>
    [
        .. pack.Ratios.Select(r => (r.SessionKind, r.Route, r.Dose is { } d ? $"{d.FromMicrograms / 1000.0:0.###} to {(d.UpToIncluded ? "" : "below ")}{d.UpToMicrograms / 1000.0:0.###} mg" : "", Need(r.Role, r.ParticipantsPerMember, r.MembersMin) + (r.GroupsOnly ? ", groups" : ""))),
        .. pack.Caps.Select(c => (c.SessionKind, c.Route, "", $"at most {c.SeatsMax} people")),
        .. pack.Routes.Select(r => ("medicine", r.Route, "", $"needs {string.Join(" or ", r.AccreditationAnyOf)}")),
    ];

    private static string Need(string role, int each, int atLeast) => each == 0 ? $"{role} {atLeast}+" : atLeast > 1 ? $"{role} 1:{each}, {atLeast}+" : $"{role} 1:{each}";

    private static void Show(RttNetwork.Wire.V1.Program program, IAnsiConsole console)
    {
        var t = program.Template;
        var facts = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(2)).AddColumn();
        void Fact(string name, string value) => facts.AddRow(name.Cell(), value.Cell());
        Fact("program", $"{t.Program}  {t.DisplayName}, version {t.Version} of {program.Versions.Count}");
        Fact("effective", $"from {WireJson.Day(t.EffectiveFrom)}{(t.EffectiveUntil is null ? "" : $" until {WireJson.Day(t.EffectiveUntil)}")}");
        Fact("weeks", $"{t.Weeks}, for {t.Audience}");
        Fact("cohort", $"{t.Sizes.CohortMin} to {t.Sizes.CohortMax} people{(t.Sizes.PodMax > 0 ? $", in pods of {t.Sizes.PodMin} to {t.Sizes.PodMax}, {t.Sizes.PodTarget} by preference" : "")}");
        if (t.Routes.Count > 0)
        {
            var gap = t.Medicine;
            Fact("medicine", $"{string.Join(", ", t.Routes)}; {gap.GapDaysMin} days apart; {gap.PreparationsMin} preparation {gap.PreparationHoursMin} hours to {gap.PreparationDaysMax} days before{(gap.IntegrationBetween ? "; integration between" : "")}");
        }

        Fact("intake", $"by {t.Intake.Entry}{(t.Intake.ReferralRequired ? " (required)" : "")}; closes {t.Intake.ClosesDays} days before; closed at {t.Intake.ClosedAt}; screening counts {t.Intake.ScreeningDays} days");
        Fact("facilitators", string.Join(", ", t.FacilitatorRoles) + (t.TrainingLevel.Length > 0 ? $", of the level {t.TrainingLevel}" : ""));
        foreach (var measure in t.Measures)
        {
            Fact(measure.Measure, string.Join(", ", measure.Due.Select(d => $"{d.Id} ({d.Anchor}{(d.DaysAfter > 0 ? $" + {d.DaysAfter} d" : "")})")));
        }

        if (t.Award is { } award)
        {
            Fact("award", $"{award.Level}: counts as {award.Role}{(award.Membership.Length > 0 ? $", member of {award.Membership}" : "")}{(award.ValidDays > 0 ? $", for {award.ValidDays} days" : "")}");
        }

        console.Write(facts);
        var table = Tables.Of("SESSION", "KIND", "WITH", "MODE", "WEEKS", "MINUTES", "STAFF", "ACTIVITIES");
        foreach (var s in t.Sessions)
        {
            var staff = string.Join("; ", s.Staffing.Select(n => Need(n.Role, n.ParticipantsPerMember, n.MembersMin)).Concat(s.Attached.Select(a => a.Required ? a.Role : $"({a.Role})")));
            table.AddRow(
                s.Id.Cell(),
                s.Kind.Cell(),
                s.Scope.Cell(),
                s.Mode.Cell(),
                (string.Join(",", s.Weeks) + (s.PerWeek > 1 ? $" x{s.PerWeek}" : "") + (s.WeeksMayDiffer ? $" ({s.CountMin}-{s.CountMax})" : "")).Cell(),
                $"{s.Minutes}{(s.ObservationMinutes > 0 ? $" ({s.ObservationMinutes} obs)" : "")}{(s.TurnoverMinutes > 0 ? $"+{s.TurnoverMinutes}" : "")}".Cell(),
                staff.Cell(),
                string.Join(", ", s.Activities).Cell());
        }

        console.Write(table);
    }
}
