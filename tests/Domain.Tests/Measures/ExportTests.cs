using System.Collections.Immutable;
using System.Globalization;
using CsCheck;
using NodaTime;
using RttNetwork.Domain.Measures;

namespace RttNetwork.Domain.Tests.Measures;

/// <summary>De-identified: no name, no date, no pseudonym in common with another export, and nobody of a cohort that is too small.</summary>
public sealed class ExportTests
{
    private static readonly byte[] Key = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];
    private static readonly byte[] Other = [.. Enumerable.Range(2, 32).Select(i => (byte)i)];
    private static readonly LocalDate Enrolled = new(2027, 1, 5);

    [Theory]
    [InlineData("CA-BC", 4, 0, 0)]
    [InlineData("CA-BC", 5, 0, 5)]
    [InlineData("CA-BC", 5, 6, 0)]
    [InlineData("CA-BC", 6, 6, 6)]
    [InlineData("US-CO", 10, 0, 0)]
    [InlineData("US-CO", 11, 0, 11)]
    [InlineData("US-CO", 10, 5, 0)]
    public void A_cohort_with_too_few_people_is_left_out_whole(string jurisdiction, int people, int peopleMin, int shown)
    {
        var (rows, leftOut) = Export.Of([.. People("bc.a", people, jurisdiction)], Key, _ => peopleMin);
        Assert.Equal((shown, shown > 0 ? 0 : 1), (rows.Select(r => r.Person).Distinct().Count(), leftOut));
    }

    /// <summary>The policy of one region says nothing of another.</summary>
    [Fact]
    public void A_region_that_asks_for_more_people_hides_its_own_cohorts_alone()
    {
        var (rows, leftOut) = Export.Of([.. People("bc.a", 8, region: "island"), .. People("bc.b", 8, region: "interior")], Key, region => region == "island" ? 9 : 5);
        Assert.Equal((8, 1), (rows.Length, leftOut));
        Assert.Equal((16, 0), (Export.Of([.. People("bc.a", 8, region: "island"), .. People("bc.b", 8, region: "interior")], Key, region => region == "island" ? 8 : 5) is var (all, none) ? (all.Length, none) : default));
    }

    [Fact]
    public void Days_since_enrolment_stand_in_place_of_dates()
    {
        var rows = Export.Of([.. People("bc.a", 5).Select((s, i) => s with { TakenOn = Enrolled.PlusDays((i * 10) - 20) })], Key, _ => 0).Rows;
        Assert.Equal([-20, -10, 0, 10, 20], rows.Select(r => r.Days).Order());
        Assert.DoesNotContain(typeof(DeidentifiedScore).GetProperties(), p => p.PropertyType == typeof(LocalDate) || p.PropertyType == typeof(Instant));
    }

    [Fact]
    public void Two_exports_under_different_secrets_have_no_pseudonym_in_common()
    {
        StudyScore[] scores = [.. People("bc.a", 8), .. People("bc.b", 8)];
        var (one, other) = (Export.Of(scores, Key, _ => 0).Rows, Export.Of(scores, Other, _ => 0).Rows);
        Assert.Empty(one.SelectMany(r => new[] { r.Person, r.Cohort }).Intersect(other.SelectMany(r => new[] { r.Person, r.Cohort })));
        // In one export a person is one person, over cohorts and measures, and a cohort is no person.
        Assert.Equal(8, one.Select(r => r.Person).Distinct().Count());
        Assert.Empty(one.Select(r => r.Person).Intersect(one.Select(r => r.Cohort)));
    }

    [Fact]
    public void Nothing_that_a_row_says_names_anybody()
    {
        var text = string.Join(' ', Export.Of([.. People("bc.nanaimo-2027", 6)], Key, _ => 0).Rows);
        Assert.DoesNotContain("person-", text, StringComparison.Ordinal);
        Assert.DoesNotContain("nanaimo", text, StringComparison.Ordinal);
        Assert.DoesNotContain("2027", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_secret_that_could_be_guessed_is_none() => Assert.Throws<ArgumentException>(() => Export.Of([.. People("bc.a", 5)], Key.AsSpan(1), _ => 0));

    /// <summary>The order in which the rows come out of the tables says nothing, and neither does the order of the export.</summary>
    [Fact]
    public void The_same_scores_and_secret_give_the_same_rows_in_whatever_order_they_come()
    {
        Gen.Shuffle(People("bc.a", 7).Concat(People("bc.b", 6)).Concat(People("bc.c", 3)).ToArray()).Sample(
            shuffled => Assert.Equal(Text(Export.Of([.. People("bc.a", 7), .. People("bc.b", 6), .. People("bc.c", 3)], Key, _ => 0)), Text(Export.Of(shuffled, Key, _ => 0))),
            iter: 500);
    }

    private static string Text((ImmutableArray<DeidentifiedScore> Rows, int LeftOut) export) => $"{string.Join('\n', export.Rows)}\n{export.LeftOut}";

    private static IEnumerable<StudyScore> People(string cohort, int people, string jurisdiction = "CA-BC", string region = "island") =>
        from i in Enumerable.Range(0, people)
        select new StudyScore(string.Create(CultureInfo.InvariantCulture, $"person-{i}"), cohort, jurisdiction, region, "phq-9", "baseline", 1, Enrolled.PlusDays(-7), Enrolled, 10 + i);
}
