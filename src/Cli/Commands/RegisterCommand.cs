using System.CommandLine;
using RttNetwork.Cli.Connection;
using RttNetwork.Cli.Output;
using RttNetwork.Client;
using RttNetwork.Wire.V1;
using Spectre.Console;

namespace RttNetwork.Cli.Commands;

/// <summary><c>rtt register</c>: makes a person known at a site, or finds them when another site knows them already.</summary>
internal static class RegisterCommand
{
    public static Command Create(Surroundings surroundings)
    {
        var site = new Option<string?>("--site") { Description = "The site that registers [the token's, when it has one]", HelpName = "S" };
        var identifier = new Option<string[]>("--identifier") { Description = "For example https://fhir.gov.bc.ca/NamingSystem/id-personal-health-number=9000000009; up to 8. Without any the person is provisional", HelpName = "SYSTEM=VALUE" };
        var family = new Option<string?>("--family") { Description = "Family name", HelpName = "NAME" };
        var given = new Option<string?>("--given") { Description = "Given name", HelpName = "NAME" };
        var born = Days.Option("--birth-date", "Day of birth");
        var phone = new Option<string?>("--phone") { Description = "Telephone", HelpName = "NUMBER" };
        var email = new Option<string?>("--email") { Description = "Electronic mail", HelpName = "ADDRESS" };
        var language = new Option<string?>("--language") { Description = "en-CA, fr-CA", HelpName = "TAG" };
        var residence = new Option<string?>("--residence-region") { Description = "The region that the person lives in", HelpName = "R" };
        var eligible = new Option<bool>("--eligible") { Description = "Record that the person was screened and may take part" };
        var requestId = SeatCommands.RequestIdOption();
        var dryRun = SeatCommands.DryRunOption();
        var command = new Command("register", "Registers a person at a site, or finds them: one person is one participant in a network.")
        {
            site, identifier, family, given, born, phone, email, language, residence, eligible, requestId, dryRun,
        };
        var connection = new ConnectionOptions().AddTo(command);
        command.Does(surroundings, async run =>
        {
            using var to = connection.Open(run);
            var request = new RegisterParticipantRequest
            {
                Parent = to.SiteName(run.Get(site)),
                PersonalData = new PersonalData
                {
                    FamilyName = run.Get(family) ?? "",
                    GivenName = run.Get(given) ?? "",
                    BirthDate = run.Get(born),
                    Phone = run.Get(phone) ?? "",
                    Email = run.Get(email) ?? "",
                    Language = run.Get(language) ?? "",
                },
                ResidenceRegion = run.Get(residence) is { } r ? Names.Region(r) : "",
                RequestId = run.Get(requestId) ?? RequestId.New(),
                ValidateOnly = run.Get(dryRun),
            };
            request.Identifiers.AddRange((run.Get(identifier) ?? []).Select(Identifier));

            var person = await Registration.Register(to.Client, request, run.Get(eligible), run.Cancel);
            run.Report.Result(() => WireJson.Of(person), console => console.WriteLine(
                $"{(request.ValidateOnly ? "would be " : "")}{(person.AlreadyRegistered ? "known already" : "registered")}: {ResourceName.Id(person.Name)}"
                + (person.Provisional ? ", provisional: takes no seat with medicine sessions until an identifier is known" : "")
                + (person.Eligible ? ", eligible" : "")));
            return ExitCode.Ok;
        });
        return command;
    }

    private static Identifier Identifier(string text)
    {
        // The last '=': a system is a URI and may have one of its own.
        var at = text.LastIndexOf('=');
        return at > 0 && at < text.Length - 1
            ? new Identifier { System = text[..at], Value = text[(at + 1)..] }
            : throw new UsageException("--identifier is SYSTEM=VALUE: https://fhir.gov.bc.ca/NamingSystem/id-personal-health-number=9000000009");
    }
}

/// <summary>Registers a person and, when asked to, records that they may take part: for one person at the desk, a seed and an import alike.</summary>
internal static class Registration
{
    public static async Task<Participant> Register(RttClient client, RegisterParticipantRequest request, bool eligible, CancellationToken cancel)
    {
        var person = await client.Participants.RegisterParticipantAsync(request, cancellationToken: cancel);
        if (!eligible || request.ValidateOnly || person.Eligible)
        {
            return person;
        }

        var screened = await client.Participants.SetEligibilityAsync(
            new SetEligibilityRequest { Name = person.Name, Eligible = true, Reason = "screened", RequestId = RequestId.Derive(request.RequestId, "eligible") },
            cancellationToken: cancel);
        screened.AlreadyRegistered = person.AlreadyRegistered;
        return screened;
    }
}
