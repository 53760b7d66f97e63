using Npgsql;
using RttNetwork.Storage.Migrations;
using RttNetwork.Testing;

namespace RttNetwork.Storage.Tests.Migrations;

public sealed class MigratorTests
{
    [Fact]
    public async Task Migrators_that_start_together_apply_each_script_once_and_all_succeed()
    {
        await using var database = await PostgresFixture.CreateEmptyDatabase();

        var applied = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Migrator.Migrate(database.ConnectionString)));

        Assert.Equal(Migrator.Scripts, applied.SelectMany(a => a).Order(StringComparer.Ordinal));
        Assert.Single(applied, a => a.Length > 0);
        await using var source = NpgsqlDataSource.Create(database.ConnectionString);
        await SchemaGuard.Check(source);
        Assert.Empty(await Migrator.Migrate(database.ConnectionString));
    }

    [Fact]
    public async Task A_migrator_that_dies_leaves_no_lock_behind()
    {
        await using var database = await PostgresFixture.CreateEmptyDatabase();
        await using var dying = await database.Open();
        await dying.Execute($"select pg_advisory_lock({0x7274746D69677261})");
        var waiting = Migrator.Migrate(database.ConnectionString);
        await using var other = await database.Open();
        await Until(other, "select exists (select 1 from pg_locks where locktype = 'advisory' and not granted)");

        await other.Execute($"select pg_terminate_backend({dying.ProcessID})");

        Assert.Equal(Migrator.Scripts.Length, (await waiting).Length);
    }

    [Fact]
    public async Task A_migration_that_fails_is_rolled_back_whole_and_can_be_run_again()
    {
        await using var database = await PostgresFixture.CreateEmptyDatabase();
        await using var connection = await database.Open();
        await connection.Execute("create table OrleansStorage (in_the_way int)");

        var failure = await Assert.ThrowsAsync<MigrationException>(() => Migrator.Migrate(database.ConnectionString));
        Assert.Contains(Migrator.Scripts[1], failure.Message, StringComparison.Ordinal);
        Assert.Equal(1L, await connection.Scalar<long>("select count(*) from rtt.schema_version"));

        await connection.Execute("drop table OrleansStorage");
        Assert.Equal(Migrator.Scripts.Length - 1, (await Migrator.Migrate(database.ConnectionString)).Length);
    }

    [Fact]
    public async Task A_database_of_another_version_is_refused_with_the_command_that_fixes_it()
    {
        await using var empty = await PostgresFixture.CreateEmptyDatabase();
        await using var emptySource = NpgsqlDataSource.Create(empty.ConnectionString);
        var older = await Assert.ThrowsAsync<SchemaVersionException>(() => SchemaGuard.Check(emptySource));
        Assert.EndsWith("run ./rtt migrate", older.Message, StringComparison.Ordinal);

        await using var database = await PostgresFixture.CreateDatabase();
        await using var source = NpgsqlDataSource.Create(database.ConnectionString);
        await SchemaGuard.Check(source);
        await using var connection = await database.Open();
        await connection.Execute("insert into rtt.schema_version (scriptname, applied) values ('9999_later.sql', now())");
        var newer = await Assert.ThrowsAsync<SchemaVersionException>(() => SchemaGuard.Check(source));
        Assert.Contains("9999_later.sql", newer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_may_forget_what_it_acknowledged_is_refused()
    {
        await using var database = await PostgresFixture.CreateDatabase();
        await using (var connection = await database.Open()) await connection.Execute($"alter database {connection.Database} set synchronous_commit = off");
        await using var source = NpgsqlDataSource.Create(database.ConnectionString);

        var refused = await Assert.ThrowsAsync<UnsafeServerException>(() => SchemaGuard.Check(source));

        Assert.Contains("synchronous_commit", refused.Message, StringComparison.Ordinal);
    }

    private static async Task Until(NpgsqlConnection connection, string question)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!await connection.Scalar<bool>(question)) await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, patience.Token);
    }
}
