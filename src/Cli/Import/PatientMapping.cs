using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Hl7.Fhir.Model;
using Hl7.Fhir.Serialization;
using RttNetwork.Wire.V1;
using Identifier = RttNetwork.Wire.V1.Identifier;

namespace RttNetwork.Cli.Import;

/// <summary>
/// Turns one line, a FHIR R4 <c>Patient</c>, into a registration. Only what a registration needs leaves the file: identifiers, name, birth
/// date, telecom, language, and whether the person has died. Everything else (address, race, contacts, photographs) stays where it is.
/// </summary>
internal static class PatientMapping
{
    /// <summary>The network's limit.</summary>
    private const int IdentifiersMax = 8;

    // Nothing that is there may be lost in reading; elements of a later FHIR version are none of our business.
    private static readonly FhirJsonDeserializer Deserializer = new(new DeserializerSettings().UsingMode(DeserializationMode.BackwardsCompatible));

    /// <param name="line">One line of the file.</param>
    /// <param name="request">The registration, without its site and its request id.</param>
    /// <param name="patient">The patient's id in the file, when there is one.</param>
    /// <param name="fault">What is wrong with the line.</param>
    public static bool TryMap(string line, [NotNullWhen(true)] out RegisterParticipantRequest? request, out string patient, out string fault)
    {
        (request, patient, fault) = (null, "", "");
        Resource resource;
        try
        {
            resource = Deserializer.DeserializeResource(line);
        }
        catch (DeserializationFailedException e)
        {
            patient = (e.PartialResult as Resource)?.Id ?? "";
            fault = e.Message.ReplaceLineEndings(" ");
            return false;
        }
        catch (JsonException e)
        {
            // Its own line number counts within the line: the report has the file's.
            fault = $"not JSON at column {(e.BytePositionInLine ?? 0) + 1}: {e.Message.Split(" LineNumber:")[0]}";
            return false;
        }

        patient = resource.Id ?? "";
        if (resource is not Patient person)
        {
            fault = $"this is a {resource.TypeName}, not a Patient";
            return false;
        }

        if (person.Active == false)
        {
            fault = "Patient.active is false: its source no longer uses this record";
            return false;
        }

        if (!DateOf(person.BirthDate, out var born))
        {
            fault = person.BirthDate is null
                ? "Patient.birthDate is missing: whether the person is of age cannot be told"
                : $"Patient.birthDate '{person.BirthDate}' is no whole day (YYYY-MM-DD): whether the person is of age cannot be told";
            return false;
        }

        var name = NameOf(person);
        request = new RegisterParticipantRequest
        {
            Identifiers = { IdentifiersOf(person) },
            PersonalData = new PersonalData
            {
                FamilyName = name?.Family ?? "",
                GivenName = string.Join(' ', name?.Given ?? []),
                BirthDate = born.Wire(),
                Phone = ContactOf(person, ContactPoint.ContactPointSystem.Phone),
                Email = ContactOf(person, ContactPoint.ContactPointSystem.Email),
                Language = LanguageOf(person),
            },
            Deceased = person.Deceased switch
            {
                FhirBoolean said => said.Value ?? false,
                FhirDateTime => true,
                _ => false,
            },
        };
        return true;
    }

    /// <summary>All with a system and a value that are still in use, each once, in the order of the file, up to the network's limit.</summary>
    private static IEnumerable<Identifier> IdentifiersOf(Patient person) => person.Identifier
        .Where(i => !string.IsNullOrWhiteSpace(i.System) && !string.IsNullOrWhiteSpace(i.Value) && i.Use != Hl7.Fhir.Model.Identifier.IdentifierUse.Old)
        .Select(i => (System: i.System!.Trim(), Value: i.Value!.Trim()))
        .Distinct()
        .Take(IdentifiersMax)
        .Select(i => new Identifier { System = i.System, Value = i.Value });

    /// <summary>The official name, else the usual one, else whichever is not a past one.</summary>
    private static HumanName? NameOf(Patient person) =>
        person.Name.Find(n => n.Use == HumanName.NameUse.Official)
        ?? person.Name.Find(n => n.Use == HumanName.NameUse.Usual)
        ?? person.Name.Find(n => n.Use is not (HumanName.NameUse.Old or HumanName.NameUse.Maiden));

    /// <summary>The contact of the best rank that is still in use.</summary>
    private static string ContactOf(Patient person, ContactPoint.ContactPointSystem system) => person.Telecom
        .Where(t => t.System == system && t.Use != ContactPoint.ContactPointUse.Old && !string.IsNullOrWhiteSpace(t.Value))
        .OrderBy(t => t.Rank ?? int.MaxValue)
        .FirstOrDefault()?.Value!.Trim() ?? "";

    /// <summary>The preferred language, else the first, as a code.</summary>
    private static string LanguageOf(Patient person) =>
        (person.Communication.Find(c => c.Preferred == true) ?? person.Communication.FirstOrDefault())
            ?.Language?.Coding.FirstOrDefault(c => !string.IsNullOrWhiteSpace(c.Code))?.Code!.Trim() ?? "";

    private static bool DateOf(string? text, out DateOnly day) => Days.TryParse(text, out day);
}
