// The library's elements may all be absent: what is not there fails the test where it is read.
#nullable disable warnings

using Hl7.Fhir.Model;

namespace RttNetwork.Cli.Tests;

/// <summary>What a report in FHIR must say of sites that its figures are without (rule 53).</summary>
internal static class Withheld
{
    /// <summary>A stratum for each such site, with the reason, and with a count that is there and has no value; and nothing when there is no such site.</summary>
    public static void SaysWhatItIsWithout(MeasureReport.GroupComponent group, IReadOnlyCollection<string> sites)
    {
        var strata = group.Stratifier.Where(s => s.Code.Select(c => c.Coding[0].Code).SequenceEqual(["site", "withheld"])).ToList();
        if (sites.Count == 0)
        {
            Assert.Empty(strata);
            return;
        }
        Assert.Equal(
            sites.Select(site => (site[(site.LastIndexOf('/') + 1)..], "urn:rttnetwork:site", "nation-authorisation-missing")),
            strata.Single().Stratum.Select(s => (s.Component[0].Value.Coding[0].Code, s.Component[0].Value.Coding[0].System, s.Component[1].Value.Coding[0].Code)));
        Assert.All(strata.Single().Stratum, s =>
        {
            var population = Assert.Single(s.Population);
            Assert.Equal(group.Code.Coding[0].Code, population.Code.Coding[0].Code);
            Assert.Null(population.Count);
            Assert.Equal(("http://hl7.org/fhir/StructureDefinition/data-absent-reason", "masked"), (population.CountElement.Extension.Single().Url, ((Code)population.CountElement.Extension.Single().Value).Value));
        });
    }
}
