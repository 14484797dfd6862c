-- name: locked_token(name)$
-- Shared by all who write under the lease; whoever wants to raise the token waits for their commits.
SELECT token FROM leases WHERE name = :name AND expires_at > 0 FOR SHARE;

-- name: claim_firings(tenant_id, line, times, epoch, holder, lease_until, started_at)
-- Once: a fire time that is somebody's already is nobody else's.
INSERT INTO schedule_firings (
    tenant_id, line, schedule, fire_at, until, fire_count, status, epoch, holder, lease_until,
    attempt, started_at
)
SELECT
    :tenant_id, :line, one.value ->> 0, CAST(one.value ->> 1 AS bigint),
    CAST(one.value ->> 1 AS bigint), 1, 'running', :epoch, :holder, :lease_until, 1, :started_at
FROM jsonb_array_elements(CAST(:times AS jsonb)) AS one (value)
ON CONFLICT (tenant_id, line, schedule, fire_at) DO NOTHING
RETURNING fire_at, schedule;

-- name: end_firings(tenant_id, line, times, epoch, status, reason, error, finished_at)
-- Under the very attempt that ran it.
UPDATE schedule_firings SET
    status = :status, reason = :reason, error = :error, finished_at = :finished_at,
    run_id = one.value ->> 3
FROM jsonb_array_elements(CAST(:times AS jsonb)) AS one (value)
WHERE tenant_id = :tenant_id AND line = :line AND schedule = one.value ->> 0
    AND fire_at = CAST(one.value ->> 1 AS bigint) AND attempt = CAST(one.value ->> 2 AS bigint)
    AND epoch = :epoch AND status = 'running'
RETURNING fire_at, schedule;
