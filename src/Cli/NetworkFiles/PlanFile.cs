using RttNetwork.Client;
using RttNetwork.Wire.V1;

namespace RttNetwork.Cli.NetworkFiles;

/// <summary>
/// A file with the plan of one cohort: <c>site:</c>, <c>cohort:</c> and what <c>PlanDraft</c> has. Its request id follows from
/// the network and the content, so the same file sent again changes nothing.
/// </summary>
internal sealed class PlanFile
{
    private const string Site = "site";
    private const string Cohort = "cohort";
    private const string Plan = "plan.";

    private readonly MessageFile _file;
    private readonly PlanDraft _draft;
    private readonly string _site;
    private readonly string _cohort;

    private PlanFile(MessageFile file)
    {
        _file = file;
        _draft = file.Read<PlanDraft>(Site, Cohort);
        (_site, _cohort) = (file.Text(Site), file.Text(Cohort));
    }

    /// <summary>The site's id, the cohort's, and what is asked; a copy.</summary>
    public (string Site, string Cohort, PlanDraft Draft) Content => (_site, _cohort, _draft.Clone());

    /// <exception cref="NetworkFileException">It is not as it must be.</exception>
    public static PlanFile Open(string path) => new(MessageFile.Open(path));

    /// <summary>Sends it, and gives the cohort as it is, or would be.</summary>
    /// <exception cref="NetworkFileException">The network found wrong fields; each has its line.</exception>
    /// <exception cref="RttException">It was refused, PLAN_REFUSED with everything that stands against it.</exception>
    public async Task<Cohort> Send(RttClient client, string network, bool validateOnly, CancellationToken cancel)
    {
        var request = new PlanCohortRequest { Parent = ResourceName.Site(network, _site), CohortId = _cohort, Plan = _draft, ValidateOnly = validateOnly };
        request.RequestId = SeedPlan.Identify(network, "plans", $"{_site}/{_cohort}", request);
        try
        {
            return await client.Plans.PlanCohortAsync(request, RttClient.Repeat, cancellationToken: cancel);
        }
        catch (RttException e) when (e.Refusal.Fields.Count > 0)
        {
            throw new NetworkFileException([.. e.Refusal.Fields.Select(f => _file.Locate(
                f.Field == "cohort_id" ? Cohort : f.Field == "parent" ? Site : f.Field.StartsWith(Plan, StringComparison.Ordinal) ? f.Field[Plan.Length..] : f.Field, f.Description))]);
        }
    }
}
