-- name: locked_token(name)$
-- There is one writer, so nobody raises the token meanwhile.
SELECT token FROM leases WHERE name = :name AND expires_at > 0;

-- name: claim_firings(tenant_id, line, times, epoch, holder, lease_until, started_at)
-- Once: a fire time that is somebody's already is nobody else's.
INSERT INTO schedule_firings (
    tenant_id, line, schedule, fire_at, until, fire_count, status, epoch, holder, lease_until,
    attempt, started_at
)
SELECT
    :tenant_id, :line, one.value ->> 0, one.value ->> 1, one.value ->> 1, 1, 'running', :epoch,
    :holder, :lease_until, 1, :started_at
FROM json_each(:times) AS one
WHERE true
ON CONFLICT (tenant_id, line, schedule, fire_at) DO NOTHING
RETURNING fire_at, schedule;

-- name: end_firings(tenant_id, line, times, epoch, status, reason, error, finished_at)
-- Under the very attempt that ran it. What is given comes first, the line too: else everything that
-- the line has ever run is gone through for it.
WITH given AS MATERIALIZED (
    SELECT
        :line AS line, one.value ->> 0 AS schedule, one.value ->> 1 AS fire_at,
        one.value ->> 2 AS attempt, one.value ->> 3 AS run_id
    FROM json_each(:times) AS one
)
UPDATE schedule_firings SET
    status = :status, reason = :reason, error = :error, finished_at = :finished_at,
    run_id = given.run_id
FROM given
WHERE tenant_id = :tenant_id AND schedule_firings.line = given.line
    AND schedule_firings.schedule = given.schedule AND schedule_firings.fire_at = given.fire_at
    AND schedule_firings.attempt = given.attempt AND epoch = :epoch AND status = 'running'
RETURNING schedule_firings.fire_at, schedule_firings.schedule;
