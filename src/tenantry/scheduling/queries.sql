-- name: lease_of_name(name)^
SELECT holder, token, expires_at FROM leases WHERE name = :name;

-- name: take_lease(name, tenant_id, holder, now_us, expires_at)$
-- Free, or over; each new taking has a higher token.
INSERT INTO leases (name, tenant_id, holder, token, expires_at)
VALUES (:name, :tenant_id, :holder, 1, :expires_at)
ON CONFLICT (name) DO UPDATE SET
    holder = excluded.holder, token = leases.token + 1, expires_at = excluded.expires_at
WHERE leases.expires_at <= :now_us
RETURNING token;

-- name: take_lease_from(name, token, holder, expires_at)$
-- From whoever holds it under this very token, or held it last.
UPDATE leases SET holder = :holder, token = token + 1, expires_at = :expires_at
WHERE name = :name AND token = :token
RETURNING token;

-- name: extend_lease(name, token, expires_at)$
-- Also after its time; but not once it was given back.
UPDATE leases SET expires_at = :expires_at
WHERE name = :name AND token = :token AND expires_at > 0
RETURNING token;

-- name: lapse_lease(name, token)!
-- Over, as if nobody had extended it.
UPDATE leases SET expires_at = 1 WHERE name = :name AND token = :token AND expires_at > 1;

-- name: end_lease(name, token)!
-- The row stays, so that the next token is higher.
UPDATE leases SET expires_at = 0 WHERE name = :name AND token = :token;

-- name: revoke_lease(name)$
UPDATE leases SET token = token + 1, expires_at = 0 WHERE name = :name
RETURNING token;

-- name: lapse_leases(prefix)!
UPDATE leases SET expires_at = 1
WHERE expires_at > 1 AND substr(name, 1, length(:prefix)) = :prefix;

-- name: marks_of_line(tenant_id, line)
SELECT schedule, definition, decided_until, seen_until, run_all_until
FROM schedule_marks WHERE tenant_id = :tenant_id AND line = :line ORDER BY schedule;

-- name: keep_mark(tenant_id, line, schedule, definition, decided_until, seen_until, run_all_until)!
INSERT INTO schedule_marks (
    tenant_id, line, schedule, definition, decided_until, seen_until, run_all_until
)
VALUES (
    :tenant_id, :line, :schedule, :definition, :decided_until, :seen_until, :run_all_until
)
ON CONFLICT (tenant_id, line, schedule) DO UPDATE SET
    definition = excluded.definition, decided_until = excluded.decided_until,
    seen_until = excluded.seen_until, run_all_until = excluded.run_all_until;

-- name: delete_mark(tenant_id, line, schedule)!
DELETE FROM schedule_marks
WHERE tenant_id = :tenant_id AND line = :line AND schedule = :schedule;

-- name: delete_marks(tenant_id, line)!
DELETE FROM schedule_marks WHERE tenant_id = :tenant_id AND line = :line;

-- name: delete_firings(tenant_id, line)!
DELETE FROM schedule_firings WHERE tenant_id = :tenant_id AND line = :line;

-- name: end_backfill(tenant_id, line)!
UPDATE schedule_marks SET run_all_until = 0
WHERE tenant_id = :tenant_id AND line = :line AND run_all_until > 0;

-- name: firings_before(tenant_id, line, fire_at, schedule, row_limit)
SELECT
    tenant_id, line, schedule, fire_at, until, fire_count, status, reason, epoch, holder,
    lease_until, attempt, started_at, finished_at, run_id, error
FROM schedule_firings
WHERE tenant_id = :tenant_id AND line = :line AND (fire_at, schedule) < (:fire_at, :schedule)
ORDER BY fire_at DESC, schedule DESC LIMIT :row_limit;

-- name: running_firings(tenant_id, line)
SELECT
    tenant_id, line, schedule, fire_at, until, fire_count, status, reason, epoch, holder,
    lease_until, attempt, started_at, finished_at, run_id, error
FROM schedule_firings
WHERE tenant_id = :tenant_id AND line = :line AND status = 'running'
ORDER BY fire_at, schedule;

-- name: take_firings_over(tenant_id, line, epoch, holder, lease_until, started_at)
-- What a holder before has left behind. Its next attempt is counted once it begins.
UPDATE schedule_firings SET
    epoch = :epoch, holder = :holder, lease_until = :lease_until, started_at = :started_at
WHERE tenant_id = :tenant_id AND line = :line AND status = 'running' AND epoch <= :epoch
    AND (schedule, fire_at) IN (
        SELECT schedule, fire_at FROM schedule_firings
        WHERE tenant_id = :tenant_id AND line = :line AND status = 'running'
    )
RETURNING
    tenant_id, line, schedule, fire_at, until, fire_count, status, reason, epoch, holder,
    lease_until, attempt, started_at, finished_at, run_id, error;

-- name: try_firing_again(tenant_id, line, schedule, fire_at, epoch, attempt)$
-- Whatever still runs under the attempt before cannot end it any more.
UPDATE schedule_firings SET attempt = attempt + 1
WHERE tenant_id = :tenant_id AND line = :line AND schedule = :schedule AND fire_at = :fire_at
    AND status = 'running' AND epoch = :epoch AND attempt = :attempt
RETURNING attempt;

-- name: skip_further(tenant_id, line, schedule, reason, until, fire_count, finished_at)$
-- Everything up to the mark is decided, so a range that is the last is followed by what comes now.
UPDATE schedule_firings SET
    until = :until, fire_count = fire_count + :fire_count, finished_at = :finished_at
WHERE tenant_id = :tenant_id AND line = :line AND schedule = :schedule
    AND status = 'skipped' AND reason = :reason AND started_at IS NULL
    AND fire_at = (
        SELECT max(fire_at) FROM schedule_firings
        WHERE tenant_id = :tenant_id AND line = :line AND schedule = :schedule
    )
RETURNING fire_at;

-- name: skip(tenant_id, line, schedule, fire_at, until, fire_count, reason, epoch, holder, finished_at)!
INSERT INTO schedule_firings (
    tenant_id, line, schedule, fire_at, until, fire_count, status, reason, epoch, holder,
    lease_until, attempt, finished_at
)
VALUES (
    :tenant_id, :line, :schedule, :fire_at, :until, :fire_count, 'skipped', :reason, :epoch, :holder,
    0, 0, :finished_at
);

-- name: busy_after(tenant_id, line, schedule, since, row_limit)
-- When it ran, from the run on that had begun last before then. What was claimed together is one.
SELECT started_at, max(finished_at), max(schedule) FROM schedule_firings
WHERE tenant_id = :tenant_id AND line = :line AND schedule = :schedule
    AND finished_at IS NOT NULL AND started_at >= coalesce(
        (
            SELECT max(started_at) FROM schedule_firings
            WHERE tenant_id = :tenant_id AND line = :line AND schedule = :schedule
                AND started_at < :since
        ), :since
    )
GROUP BY started_at ORDER BY started_at LIMIT :row_limit;

-- name: busy_before(tenant_id, line, schedule, since, row_limit)
SELECT started_at, max(finished_at), max(schedule) FROM schedule_firings
WHERE tenant_id = :tenant_id AND line = :line AND schedule = :schedule
    AND finished_at > :since AND started_at >= coalesce(
        (
            SELECT max(started_at) FROM schedule_firings
            WHERE tenant_id = :tenant_id AND line = :line AND schedule = :schedule
                AND started_at < :since
        ), :since
    )
GROUP BY started_at ORDER BY started_at DESC LIMIT :row_limit;

-- name: last_run(tenant_id, line, schedule)$
SELECT max(fire_at) FROM schedule_firings
WHERE tenant_id = :tenant_id AND line = :line AND schedule = :schedule AND status <> 'skipped';

-- name: decided_until(tenant_id, line)$
SELECT max(until) FROM schedule_firings WHERE tenant_id = :tenant_id AND line = :line;

-- name: skips_after(tenant_id, line, schedule, since)
SELECT fire_at, until FROM schedule_firings
WHERE tenant_id = :tenant_id AND line = :line AND schedule = :schedule AND status = 'skipped'
    AND until > :since
ORDER BY fire_at;

-- name: delete_firing(tenant_id, line, schedule, fire_at)!
DELETE FROM schedule_firings
WHERE tenant_id = :tenant_id AND line = :line AND schedule = :schedule AND fire_at = :fire_at;

-- name: shorten_skip(tenant_id, line, schedule, fire_at, until, fire_count)!
UPDATE schedule_firings SET until = :until, fire_count = :fire_count
WHERE tenant_id = :tenant_id AND line = :line AND schedule = :schedule AND fire_at = :fire_at;

-- name: forget_firings(before, row_limit)
DELETE FROM schedule_firings
WHERE (tenant_id, line, schedule, fire_at) IN (
    SELECT tenant_id, line, schedule, fire_at FROM schedule_firings
    WHERE until < :before AND status <> 'running' ORDER BY until LIMIT :row_limit
)
RETURNING 1;
