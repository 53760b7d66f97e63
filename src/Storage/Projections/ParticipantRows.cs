using Npgsql;
using NpgsqlTypes;
using RttNetwork.Contracts;
using RttNetwork.Domain.Participants;

namespace RttNetwork.Storage.Projections;

/// <summary>The rows of <c>participant_sites</c> that a batch writes: one for each site that has access to a person.</summary>
internal sealed class ParticipantRows
{
    private readonly List<string> _networks = [];
    private readonly List<string> _sites = [];
    private readonly List<string> _participants = [];
    private readonly List<string> _homeSites = [];
    private readonly List<bool> _provisional = [];
    private readonly List<bool> _eligible = [];
    private readonly NpgsqlBatchCommand _upsert;

    public ParticipantRows()
    {
        _upsert = new NpgsqlBatchCommand("""
            INSERT INTO participant_sites (network, site, participant, home_site, provisional, eligible)
            SELECT * FROM unnest($1, $2, $3, $4, $5, $6)
            ON CONFLICT (network, site, participant) DO UPDATE SET provisional = excluded.provisional, eligible = excluded.eligible
            """);
        _upsert.Parameters.Add(StoredValues.Array(_networks, NpgsqlDbType.Text));
        _upsert.Parameters.Add(StoredValues.Array(_sites, NpgsqlDbType.Text));
        _upsert.Parameters.Add(StoredValues.Array(_participants, NpgsqlDbType.Text));
        _upsert.Parameters.Add(StoredValues.Array(_homeSites, NpgsqlDbType.Text));
        _upsert.Parameters.Add(StoredValues.Array(_provisional, NpgsqlDbType.Boolean));
        _upsert.Parameters.Add(StoredValues.Array(_eligible, NpgsqlDbType.Boolean));
    }

    public void Clear()
    {
        _networks.Clear();
        _sites.Clear();
        _participants.Clear();
        _homeSites.Clear();
        _provisional.Clear();
        _eligible.Clear();
    }

    public void Add(string stream, ParticipantState person)
    {
        if (person.HomeSite is not { } home) return;
        foreach (var site in person.Sites.Distinct(StringComparer.Ordinal))
        {
            _networks.Add(Keys.NetworkOf(stream));
            _sites.Add(StoredValues.Text(site));
            _participants.Add(Keys.IdOf(stream));
            _homeSites.Add(StoredValues.Text(home));
            _provisional.Add(person.Provisional);
            _eligible.Add(person.Eligible);
        }
    }

    public void AddTo(NpgsqlBatch batch)
    {
        if (_participants.Count > 0) batch.BatchCommands.Add(_upsert);
    }
}
