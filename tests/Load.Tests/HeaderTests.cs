using RttNetwork.Load.Http2;

namespace RttNetwork.Load.Tests;

public sealed class HeaderTests
{
    [Fact]
    public void A_header_costs_one_byte_from_its_second_use_on()
    {
        var table = new HeaderTable((":authority", "127.0.0.1:1"), ("authorization", "Bearer " + new string('x', 500)));
        var buffer = new byte[2048];

        Assert.InRange(table.Write(buffer, "/a"), 550, 600);
        Assert.Equal(5, table.Write(buffer, "/a"));
        Assert.InRange(table.Write(buffer, "/b"), 6, 20);
        Assert.Equal(5, table.Write(buffer, "/a"));
    }

    [Fact]
    public void A_table_that_would_evict_is_refused() =>
        Assert.Throws<InvalidOperationException>(() => new HeaderTable(("authorization", new string('x', 5000))).Write(new byte[8192], "/a"));

    [Fact]
    public void A_status_is_found_among_others()
    {
        // A table size update, an indexed field, "a: b" never indexed, "grpc-status: 10" without indexing.
        byte[] block = [0x20, 0x88, 0x10, 1, (byte)'a', 1, (byte)'b', 0x00, 11, .. "grpc-status"u8, 2, .. "10"u8];

        Assert.Equal("10"u8, HeaderBlock.Find(block, "grpc-status"u8));
        Assert.True(HeaderBlock.Find(block, "grpc-message"u8).IsEmpty);
    }

    [Fact]
    public void A_block_that_ends_too_early_is_refused() =>
        Assert.Throws<InvalidDataException>(() => HeaderBlock.Find([0x00, 11, (byte)'g'], "grpc-status"u8).IsEmpty);
}
