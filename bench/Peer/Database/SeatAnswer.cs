using System.Globalization;

namespace RttNetwork.Peer.Database;

/// <summary>What a stored function answered.</summary>
/// <param name="Reason">Null when accepted.</param>
/// <param name="Seat">0 none, 1 held, 2 booked.</param>
/// <param name="SeatTime">Until when it is held or since when it is booked; for a refusal, when intake closed or the hold expired.</param>
/// <param name="Profile">Of an accepted referral: <c>rtt.v1.Referral</c> as it was sent.</param>
internal readonly record struct SeatAnswer(
    string? Reason, int Seat, DateTime? SeatTime, int Booked = 0, int Held = 0, int Usable = 0, string BoundBy = "", int N1 = 0, int N2 = 0, int N3 = 0, byte[]? Profile = null)
{
    /// <summary>Reads <c>peer.answer</c> as PostgreSQL writes it: fields in brackets, commas between, times in quotes.</summary>
    public static SeatAnswer Parse(string text)
    {
        var fields = text[1..^1].Split(',');
        return new SeatAnswer(
            fields[0].Length > 0 ? fields[0] : null,
            Number(fields[1]),
            fields[2].Length > 0 ? DateTime.Parse(fields[2].Trim('"'), CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal) : null,
            Number(fields[3]),
            Number(fields[4]),
            Number(fields[5]),
            fields[6].Trim('"'),
            Number(fields[7]),
            Number(fields[8]),
            Number(fields[9]));

        static int Number(string field) => field.Length == 0 ? 0 : int.Parse(field, CultureInfo.InvariantCulture);
    }
}
