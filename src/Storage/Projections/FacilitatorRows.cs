using Npgsql;
using NpgsqlTypes;
using RttNetwork.Contracts;
using RttNetwork.Domain.Facilitators;

namespace RttNetwork.Storage.Projections;

/// <summary>The rows of <c>facilitators</c> that a batch writes.</summary>
internal sealed class FacilitatorRows
{
    private readonly List<string> _networks = [];
    private readonly List<string> _facilitators = [];
    private readonly List<string> _homeSites = [];
    private readonly List<string> _roles = [];
    private readonly NpgsqlBatchCommand _upsert;

    public FacilitatorRows()
    {
        _upsert = new NpgsqlBatchCommand("""
            INSERT INTO facilitators (network, facilitator, home_site, roles)
            SELECT network, facilitator, home_site, string_to_array(roles, ',')
            FROM unnest($1, $2, $3, $4) AS r (network, facilitator, home_site, roles)
            ON CONFLICT (network, facilitator) DO UPDATE SET home_site = excluded.home_site, roles = excluded.roles
            """);
        _upsert.Parameters.Add(StoredValues.Array(_networks, NpgsqlDbType.Text));
        _upsert.Parameters.Add(StoredValues.Array(_facilitators, NpgsqlDbType.Text));
        _upsert.Parameters.Add(StoredValues.Array(_homeSites, NpgsqlDbType.Text));
        _upsert.Parameters.Add(StoredValues.Array(_roles, NpgsqlDbType.Text));
    }

    public void Clear()
    {
        _networks.Clear();
        _facilitators.Clear();
        _homeSites.Clear();
        _roles.Clear();
    }

    public void Add(string stream, FacilitatorState facilitator)
    {
        if (facilitator.HomeSite is not { } home) return;
        _networks.Add(Keys.NetworkOf(stream));
        _facilitators.Add(Keys.IdOf(stream));
        _homeSites.Add(StoredValues.Text(home));
        _roles.Add(StoredValues.Text(string.Join(',', facilitator.Roles)));
    }

    public void AddTo(NpgsqlBatch batch)
    {
        if (_facilitators.Count > 0) batch.BatchCommands.Add(_upsert);
    }
}
