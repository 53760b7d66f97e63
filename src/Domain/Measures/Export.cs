using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using NodaTime;

namespace RttNetwork.Domain.Measures;

/// <summary>A score that counts, of a person whose consent to research stands.</summary>
/// <param name="Cohort">Where the person was enrolled on that pathway.</param>
/// <param name="Jurisdiction">The site's: it sets the threshold, unless that of the site's <paramref name="Region"/> is higher.</param>
/// <param name="EnrolledOn">The day at the site on which the person took their seat.</param>
public sealed record StudyScore(string Participant, string Cohort, string Jurisdiction, string Region, string Measure, string Point, int Record, LocalDate TakenOn, LocalDate EnrolledOn, int Score);

/// <summary>The same score with nothing in it that says who or when: pseudonyms, and days since enrolment.</summary>
public sealed record DeidentifiedScore(string Person, string Cohort, string Measure, string Point, int Days, int Score);

/// <summary>
/// De-identified longitudinal export. Pseudonyms are keyed hashes under a secret of that export: without it nobody gets from one to a person, and two
/// exports under different secrets have none in common. The same journal and secret give the same rows.
/// </summary>
public static class Export
{
    /// <summary>A shorter secret could be guessed.</summary>
    public const int KeyBytesMin = 32;

    private const int PseudonymBytes = 16;

    /// <summary>The fewest people of a cohort that are shown: below five in Canada, below eleven in the United States nobody is (rule 51).</summary>
    public static int PeopleMin(string jurisdiction) => jurisdiction.StartsWith("US", StringComparison.Ordinal) ? 11 : 5;

    /// <param name="peopleMin">The fewest people that are wanted of a cohort of a region; never fewer than the jurisdiction's.</param>
    /// <returns>The rows in the order of their pseudonyms, which says nothing of the people; and how many cohorts were left out because too few of their people are in it.</returns>
    public static (ImmutableArray<DeidentifiedScore> Rows, int CohortsLeftOut) Of(IReadOnlyCollection<StudyScore> scores, ReadOnlySpan<byte> key, Func<string, int> peopleMin)
    {
        if (key.Length < KeyBytesMin) throw new ArgumentException($"A secret of {KeyBytesMin} bytes at least.", nameof(key));
        var secret = key.ToArray();
        var rows = new List<DeidentifiedScore>(scores.Count);
        var leftOut = 0;
        foreach (var cohort in scores.GroupBy(s => s.Cohort, StringComparer.Ordinal))
        {
            if (cohort.Select(s => s.Participant).Distinct(StringComparer.Ordinal).Count() < Math.Max(peopleMin(cohort.First().Region), PeopleMin(cohort.First().Jurisdiction)))
            {
                leftOut++;
                continue;
            }
            var name = Pseudonym(secret, "cohort", cohort.Key);
            rows.AddRange(cohort.Select(s => new DeidentifiedScore(Pseudonym(secret, "person", s.Participant), name, s.Measure, s.Point, Period.DaysBetween(s.EnrolledOn, s.TakenOn), s.Score)));
        }
        return ([.. rows.OrderBy(r => r.Person, StringComparer.Ordinal).ThenBy(r => r.Days).ThenBy(r => r.Measure, StringComparer.Ordinal).ThenBy(r => r.Point, StringComparer.Ordinal).ThenBy(r => r.Cohort, StringComparer.Ordinal).ThenBy(r => r.Score)], leftOut);
    }

    /// <summary>HMAC-SHA-256 of what it stands for, cut to half. The kind and its length keep a person from ever having a cohort's.</summary>
    private static string Pseudonym(byte[] key, string kind, string id)
    {
        var (first, second) = (Encoding.UTF8.GetBytes(kind), Encoding.UTF8.GetBytes(id));
        var message = new byte[4 + first.Length + second.Length];
        BinaryPrimitives.WriteInt32BigEndian(message, first.Length);
        first.CopyTo(message, 4);
        second.CopyTo(message, 4 + first.Length);
        return Convert.ToHexStringLower(HMACSHA256.HashData(key, message).AsSpan(0, PseudonymBytes));
    }
}
