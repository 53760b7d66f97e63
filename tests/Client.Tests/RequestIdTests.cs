namespace RttNetwork.Client.Tests;

public sealed class RequestIdTests
{
    [Fact]
    public void The_same_wish_has_the_same_id_on_every_machine_and_in_every_version()
    {
        // A literal: were it to change, every file that was applied before would be applied again as new.
        Assert.Equal("164558e2-2da9-5e16-a90f-9d626a47547b", RequestId.Derive("bc", "site", "nanaimo", "content"));
    }

    [Fact]
    public void Another_content_or_another_cut_is_another_wish()
    {
        Assert.NotEqual(RequestId.Derive("a", "b"), RequestId.Derive("a", "c"));
        Assert.NotEqual(RequestId.Derive("ab", "c"), RequestId.Derive("a", "bc"));
    }

    [Fact]
    public void A_derived_id_is_a_uuid_of_version_5()
    {
        var id = Guid.Parse(RequestId.Derive("a"));
        Assert.Equal(5, id.Version);
        Assert.InRange(id.Variant, 8, 11);
    }
}
