-- Orleans' cluster membership. The packages contain no SQL: they execute the text in OrleansQuery, under names that
-- they know, with parameters and result columns that they expect. The SQL is ours.

CREATE TABLE OrleansQuery
(
    QueryKey  varchar(64)   NOT NULL PRIMARY KEY,
    QueryText varchar(8000) NOT NULL
);

CREATE TABLE OrleansMembershipVersionTable
(
    DeploymentId varchar(150) NOT NULL PRIMARY KEY,
    Timestamp    timestamptz  NOT NULL DEFAULT clock_timestamp(),
    Version      integer      NOT NULL DEFAULT 0
);

CREATE TABLE OrleansMembershipTable
(
    DeploymentId varchar(150)  NOT NULL REFERENCES OrleansMembershipVersionTable (DeploymentId),
    Address      varchar(45)   NOT NULL,
    Port         integer       NOT NULL,
    Generation   integer       NOT NULL,
    SiloName     varchar(150)  NOT NULL,
    HostName     varchar(150)  NOT NULL,
    Status       integer       NOT NULL,
    ProxyPort    integer,
    SuspectTimes varchar(8000),
    StartTime    timestamptz   NOT NULL,
    IAmAliveTime timestamptz   NOT NULL,
    PRIMARY KEY (DeploymentId, Address, Port, Generation)
);

-- Every change of the membership holds the version's row from its first statement on, so the comparison, the change and
-- the new version are one step, and a refusal changes nothing. It needs neither ASSERT (which a setting can silence) nor
-- an exception to undo half of it.
CREATE FUNCTION rtt.insert_member(
    p_deployment varchar, p_address varchar, p_port integer, p_generation integer, p_silo varchar, p_host varchar,
    p_status integer, p_proxy_port integer, p_start timestamptz, p_alive timestamptz, p_version integer)
    RETURNS integer LANGUAGE plpgsql AS
$$
BEGIN
    PERFORM 1 FROM OrleansMembershipVersionTable WHERE DeploymentId = p_deployment AND Version = p_version FOR UPDATE;
    IF NOT FOUND THEN RETURN 0; END IF;

    INSERT INTO OrleansMembershipTable
        (DeploymentId, Address, Port, Generation, SiloName, HostName, Status, ProxyPort, StartTime, IAmAliveTime)
    VALUES (p_deployment, p_address, p_port, p_generation, p_silo, p_host, p_status, p_proxy_port, p_start, p_alive)
    ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN RETURN 0; END IF;

    UPDATE OrleansMembershipVersionTable SET Timestamp = clock_timestamp(), Version = Version + 1 WHERE DeploymentId = p_deployment;
    RETURN 1;
END
$$;

CREATE FUNCTION rtt.update_member(
    p_deployment varchar, p_address varchar, p_port integer, p_generation integer,
    p_status integer, p_suspects varchar, p_alive timestamptz, p_version integer)
    RETURNS integer LANGUAGE plpgsql AS
$$
BEGIN
    PERFORM 1 FROM OrleansMembershipVersionTable WHERE DeploymentId = p_deployment AND Version = p_version FOR UPDATE;
    IF NOT FOUND THEN RETURN 0; END IF;

    UPDATE OrleansMembershipTable SET Status = p_status, SuspectTimes = p_suspects, IAmAliveTime = p_alive
    WHERE DeploymentId = p_deployment AND Address = p_address AND Port = p_port AND Generation = p_generation;
    IF NOT FOUND THEN RETURN 0; END IF;

    UPDATE OrleansMembershipVersionTable SET Timestamp = clock_timestamp(), Version = Version + 1 WHERE DeploymentId = p_deployment;
    RETURN 1;
END
$$;

INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES
('InsertMembershipVersionKey', $sql$
    WITH inserted AS (
        INSERT INTO OrleansMembershipVersionTable (DeploymentId) VALUES (@DeploymentId) ON CONFLICT DO NOTHING RETURNING 1)
    SELECT count(*)::integer FROM inserted
$sql$),
('InsertMembershipKey', $sql$
    SELECT rtt.insert_member(@DeploymentId, @Address, @Port, @Generation, @SiloName, @HostName, @Status, @ProxyPort, @StartTime, @IAmAliveTime, @Version)
$sql$),
('UpdateMembershipKey', $sql$
    SELECT rtt.update_member(@DeploymentId, @Address, @Port, @Generation, @Status, @SuspectTimes, @IAmAliveTime, @Version)
$sql$),
('UpdateIAmAlivetimeKey', $sql$
    UPDATE OrleansMembershipTable SET IAmAliveTime = @IAmAliveTime
    WHERE DeploymentId = @DeploymentId AND Address = @Address AND Port = @Port AND Generation = @Generation
$sql$),
('MembershipReadRowKey', $sql$
    SELECT v.DeploymentId, m.Address, m.Port, m.Generation, m.SiloName, m.HostName, m.Status, m.ProxyPort, m.SuspectTimes, m.StartTime, m.IAmAliveTime, v.Version
    FROM OrleansMembershipVersionTable v
    LEFT JOIN OrleansMembershipTable m ON m.DeploymentId = v.DeploymentId AND m.Address = @Address AND m.Port = @Port AND m.Generation = @Generation
    WHERE v.DeploymentId = @DeploymentId
$sql$),
('MembershipReadAllKey', $sql$
    SELECT v.DeploymentId, m.Address, m.Port, m.Generation, m.SiloName, m.HostName, m.Status, m.ProxyPort, m.SuspectTimes, m.StartTime, m.IAmAliveTime, v.Version
    FROM OrleansMembershipVersionTable v
    LEFT JOIN OrleansMembershipTable m ON m.DeploymentId = v.DeploymentId
    WHERE v.DeploymentId = @DeploymentId
$sql$),
('DeleteMembershipTableEntriesKey', $sql$
    DELETE FROM OrleansMembershipTable WHERE DeploymentId = @DeploymentId;
    DELETE FROM OrleansMembershipVersionTable WHERE DeploymentId = @DeploymentId;
$sql$),
-- Status 3 is Active.
('GatewaysQueryKey', $sql$
    SELECT Address, ProxyPort, Generation FROM OrleansMembershipTable
    WHERE DeploymentId = @DeploymentId AND Status = @Status AND ProxyPort > 0
$sql$),
-- Status 6 is Dead. A silo that is joining or stopping is not defunct, however old its heartbeat.
('CleanupDefunctSiloEntriesKey', $sql$
    DELETE FROM OrleansMembershipTable
    WHERE DeploymentId = @DeploymentId AND IAmAliveTime < @IAmAliveTime AND Status = 6
$sql$);
