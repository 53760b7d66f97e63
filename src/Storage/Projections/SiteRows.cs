using Npgsql;
using NpgsqlTypes;
using RttNetwork.Contracts;
using RttNetwork.Domain.Sites;

namespace RttNetwork.Storage.Projections;

/// <summary>The rows of <c>sites</c> that a batch writes, and what its cohorts copy of them.</summary>
internal sealed class SiteRows
{
    private readonly List<string> _networks = [];
    private readonly List<string> _sites = [];
    private readonly List<string> _displayNames = [];
    private readonly List<string> _regions = [];
    private readonly List<string> _jurisdictions = [];
    private readonly List<string> _timeZones = [];
    private readonly List<double?> _latitudes = [];
    private readonly List<double?> _longitudes = [];
    private readonly List<bool> _limited = [];
    private readonly NpgsqlBatchCommand _upsert;
    private readonly NpgsqlBatchCommand _copy;

    public SiteRows()
    {
        _upsert = new NpgsqlBatchCommand("""
            INSERT INTO sites (network, site, display_name, region, jurisdiction, time_zone, latitude, longitude, limited_capacity)
            SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9)
            ON CONFLICT (network, site) DO UPDATE SET limited_capacity = excluded.limited_capacity
            """);
        _upsert.Parameters.Add(StoredValues.Array(_networks, NpgsqlDbType.Text));
        _upsert.Parameters.Add(StoredValues.Array(_sites, NpgsqlDbType.Text));
        _upsert.Parameters.Add(StoredValues.Array(_displayNames, NpgsqlDbType.Text));
        _upsert.Parameters.Add(StoredValues.Array(_regions, NpgsqlDbType.Text));
        _upsert.Parameters.Add(StoredValues.Array(_jurisdictions, NpgsqlDbType.Text));
        _upsert.Parameters.Add(StoredValues.Array(_timeZones, NpgsqlDbType.Text));
        _upsert.Parameters.Add(StoredValues.Array(_latitudes, NpgsqlDbType.Double));
        _upsert.Parameters.Add(StoredValues.Array(_longitudes, NpgsqlDbType.Double));
        _upsert.Parameters.Add(StoredValues.Array(_limited, NpgsqlDbType.Boolean));

        _copy = new NpgsqlBatchCommand("""
            UPDATE cohorts c SET limited_capacity = r.limited_capacity
            FROM unnest($1, $2, $3) AS r (network, site, limited_capacity)
            WHERE c.network = r.network AND c.site = r.site AND c.limited_capacity <> r.limited_capacity
            """);
        _copy.Parameters.Add(StoredValues.Array(_networks, NpgsqlDbType.Text));
        _copy.Parameters.Add(StoredValues.Array(_sites, NpgsqlDbType.Text));
        _copy.Parameters.Add(StoredValues.Array(_limited, NpgsqlDbType.Boolean));
    }

    public void Clear()
    {
        _networks.Clear();
        _sites.Clear();
        _displayNames.Clear();
        _regions.Clear();
        _jurisdictions.Clear();
        _timeZones.Clear();
        _latitudes.Clear();
        _longitudes.Clear();
        _limited.Clear();
    }

    public void Add(string stream, SiteState site)
    {
        if (site.Profile is not { } profile) return;
        _networks.Add(Keys.NetworkOf(stream));
        _sites.Add(Keys.IdOf(stream));
        _displayNames.Add(StoredValues.Text(profile.DisplayName));
        _regions.Add(StoredValues.Text(profile.Region));
        _jurisdictions.Add(StoredValues.Text(profile.Jurisdiction));
        _timeZones.Add(StoredValues.Text(profile.TimeZone));
        _latitudes.Add(profile.Latitude);
        _longitudes.Add(profile.Longitude);
        _limited.Add(site.LimitedCapacity);
    }

    public void AddTo(NpgsqlBatch batch)
    {
        if (_sites.Count == 0) return;
        batch.BatchCommands.Add(_upsert);
        batch.BatchCommands.Add(_copy);
    }
}
