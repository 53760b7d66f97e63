namespace RttNetwork.Storage.Projections;

/// <summary>The table of what is due, of every network; part of the same projection as the rest.</summary>
internal static class DeadlineTables
{
    public const string Sql = """
        ;
        CREATE TABLE deadlines
        (
            stream  text COLLATE "C" NOT NULL,   -- the network is its first part
            subject text COLLATE "C" NOT NULL,
            kind    text COLLATE "C" NOT NULL,
            due_at  text COLLATE "C" NOT NULL,
            PRIMARY KEY (stream, subject, kind)
        );

        CREATE INDEX ON deadlines (due_at, stream, subject, kind)
        """;
}
