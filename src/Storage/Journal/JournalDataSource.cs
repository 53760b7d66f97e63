using System.Globalization;
using Npgsql;

namespace RttNetwork.Storage.Journal;

/// <summary>The journal's own data source: timeouts on the server, and plans that do not depend on statistics.</summary>
public static class JournalDataSource
{
    /// <summary>
    /// Every statement of the journal is an index probe for each row of its parameters. The planner cannot know how many
    /// those are, and on an empty or freshly restored table it would choose a scan and keep it: so scans are off, and a
    /// statement is planned once.
    /// </summary>
    public static NpgsqlDataSource Create(string connectionString, JournalOptions options)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            ApplicationName = "rtt journal",
            MinPoolSize = 0,
            MaxPoolSize = options.Writers + options.Loaders + 4,
            Timeout = Seconds(options.ConnectTimeout),
            CommandTimeout = Seconds(options.AnswerTimeout),
            CancellationTimeout = -1,
            NoResetOnClose = true,
            Enlist = false,
            WriteBufferSize = 64 * 1024,
            ReadBufferSize = 32 * 1024,
        };
        settings.Options = string.Join(' ', new[]
        {
            settings.Options,
            string.Create(CultureInfo.InvariantCulture, $"-c statement_timeout={(int)options.StatementTimeout.TotalMilliseconds}"),
            string.Create(CultureInfo.InvariantCulture, $"-c lock_timeout={(int)options.LockTimeout.TotalMilliseconds}"),
            "-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c jit=off",
        }.Where(o => !string.IsNullOrEmpty(o)));
        return new NpgsqlDataSourceBuilder(settings.ConnectionString).Build();
    }

    private static int Seconds(TimeSpan span) => Math.Max(1, (int)Math.Ceiling(span.TotalSeconds));
}
