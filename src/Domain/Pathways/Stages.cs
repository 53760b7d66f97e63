using System.Collections.Frozen;

namespace RttNetwork.Domain.Pathways;

/// <summary>The places of the pathway (rule 27). A person is in exactly one of them (I9).</summary>
public enum Stage
{
    /// <summary>Registered, and not referred to a program yet.</summary>
    NotReferred,
    Referred,
    Screening,
    /// <summary>Both sign-offs are there and clear.</summary>
    Eligible,
    Ineligible,
    /// <summary>An exclusion or a case awaits a named clinician's decision.</summary>
    NeedsReview,
    /// <summary>Eligible, and every consent that the program asks for is given: may take a seat.</summary>
    Consented,
    WaitListed,
    /// <summary>Has a seat.</summary>
    Enrolled,
    /// <summary>Took part in the preparation that the program asks for.</summary>
    Prepared,
    /// <summary>Checked in to a medicine session and not discharged yet.</summary>
    InMedicine,
    /// <summary>Discharged from a medicine session.</summary>
    Integrating,
    Completed,
    FollowUp,
    /// <summary>Goes on later: the referral keeps its date (rule 38).</summary>
    Deferred,
    Withdrawn,
    TransferredOut,
}

/// <summary>Which place follows which (rule 27). What else a move needs is in the rules that make it; what is not here is never made.</summary>
public static class Stages
{
    private static readonly FrozenDictionary<Stage, Stage[]> Next = new Dictionary<Stage, Stage[]>
    {
        [Stage.NotReferred] = [Stage.Referred],
        [Stage.Referred] = [Stage.Screening, Stage.Deferred, Stage.Withdrawn, Stage.TransferredOut],
        [Stage.Screening] = [Stage.Eligible, Stage.Ineligible, Stage.NeedsReview, Stage.Deferred, Stage.Withdrawn, Stage.TransferredOut],
        [Stage.NeedsReview] = [Stage.Screening, Stage.Eligible, Stage.Ineligible, Stage.Deferred, Stage.Withdrawn, Stage.TransferredOut],
        [Stage.Eligible] = [Stage.Consented, Stage.Screening, Stage.NeedsReview, Stage.Ineligible, Stage.Deferred, Stage.Withdrawn, Stage.TransferredOut],
        [Stage.Consented] = [Stage.WaitListed, Stage.Enrolled, Stage.Eligible, Stage.Screening, Stage.NeedsReview, Stage.Ineligible, Stage.Deferred, Stage.Withdrawn, Stage.TransferredOut],
        [Stage.WaitListed] = [Stage.Enrolled, Stage.Consented, Stage.Eligible, Stage.Screening, Stage.NeedsReview, Stage.Ineligible, Stage.Deferred, Stage.Withdrawn, Stage.TransferredOut],
        [Stage.Enrolled] = [Stage.Prepared, Stage.Consented, Stage.Completed, Stage.Deferred, Stage.Withdrawn, Stage.TransferredOut],
        [Stage.Prepared] = [Stage.InMedicine, Stage.Consented, Stage.Completed, Stage.Deferred, Stage.Withdrawn, Stage.TransferredOut],
        // Whoever was given medicine is discharged first, whatever else they wish.
        [Stage.InMedicine] = [Stage.Integrating],
        [Stage.Integrating] = [Stage.InMedicine, Stage.Completed, Stage.Deferred, Stage.Withdrawn, Stage.TransferredOut],
        [Stage.Completed] = [Stage.FollowUp, Stage.Referred],
        [Stage.FollowUp] = [Stage.Referred],
        [Stage.Ineligible] = [Stage.Screening, Stage.Referred],
        [Stage.Deferred] = [Stage.Screening, Stage.Withdrawn, Stage.TransferredOut],
        [Stage.Withdrawn] = [Stage.Referred],
        [Stage.TransferredOut] = [Stage.Referred],
    }.ToFrozenDictionary();

    /// <summary>The codes that are stored and shown, by <see cref="Stage"/>.</summary>
    private static readonly string[] Codes =
    [
        "not-referred", "referred", "screening", "eligible", "ineligible", "needs-review", "consented", "wait-listed", "enrolled", "prepared",
        "in-medicine", "integrating", "completed", "follow-up", "deferred", "withdrawn", "transferred-out",
    ];

    /// <summary>True when rule 27 lets a person go from one place to the other.</summary>
    public static bool Follows(this Stage to, Stage from) => Array.IndexOf(Next[from], to) >= 0;

    public static string Code(this Stage stage) => Codes[(int)stage];

    /// <exception cref="FormatException">There is no such place.</exception>
    public static Stage Of(string code)
    {
        var at = Array.IndexOf(Codes, code);
        return at >= 0 ? (Stage)at : throw new FormatException($"'{code}' is no place of the pathway.");
    }

    /// <summary>True between the referral and the end: no second referral meanwhile.</summary>
    public static bool IsOpen(this Stage stage) => stage is not Stage.NotReferred && !Stage.Referred.Follows(stage);

    /// <summary>True while the person has a seat in the pathway's cohort.</summary>
    public static bool HasSeat(this Stage stage) => stage is Stage.Enrolled or Stage.Prepared or Stage.InMedicine or Stage.Integrating;

    /// <summary>True before a seat, from the first screening on: what is found there decides where the person is.</summary>
    public static bool IsJudgedByScreening(this Stage stage) =>
        stage is Stage.Screening or Stage.NeedsReview or Stage.Eligible or Stage.Ineligible or Stage.Consented or Stage.WaitListed;
}
