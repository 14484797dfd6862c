-- name: head()^
SELECT position, hash, recorded_at FROM log_head WHERE id = 1;

-- name: end_of_page(after, until, row_limit, byte_limit)$
-- The last position of a page of at most so many rows and bytes, but of at least one row.
SELECT coalesce(max(position) FILTER (WHERE bytes_so_far <= :byte_limit), min(position))
FROM (
    SELECT position, sum(bytes) OVER (ORDER BY position) AS bytes_so_far
    FROM (
        SELECT position, octet_length(data) + octet_length(metadata) AS bytes
        FROM events WHERE position > :after AND position <= :until
        ORDER BY position LIMIT :row_limit
    ) AS page
) AS pages;

-- name: events_between(after, until)
SELECT position, tenant_id, stream, version, type, data, metadata, recorded_at, hash
FROM events WHERE position > :after AND position <= :until ORDER BY position;

-- name: appends_behind(tenant_id, key, until, row_limit)
SELECT tenant_id, key, request_digest, first_position, last_position, expires_at
FROM appends
WHERE (tenant_id, key) > (:tenant_id, :key) AND last_position <= :until
ORDER BY tenant_id, key LIMIT :row_limit;

-- name: data_keys()
SELECT tenant_id, owner, key_id, wrapped, master_fingerprint, created_at
FROM data_keys ORDER BY tenant_id, owner;

-- name: users_behind(user_id, row_limit)
SELECT
    user_id, email, email_key, username, username_key, first_name, last_name, password_hash,
    owner_tenant, created_at, updated_at
FROM users WHERE user_id > :user_id ORDER BY user_id LIMIT :row_limit;

-- name: members_behind(tenant_id, user_id, row_limit)
SELECT tenant_id, user_id, role, applications, created_at
FROM members WHERE (tenant_id, user_id) > (:tenant_id, :user_id)
ORDER BY tenant_id, user_id LIMIT :row_limit;

-- name: api_keys_behind(tenant_id, key_id, row_limit)
SELECT
    tenant_id, key_id, name, role, secret_hash, created_at, created_by, expires_at, last_used_at
FROM api_keys WHERE (tenant_id, key_id) > (:tenant_id, :key_id)
ORDER BY tenant_id, key_id LIMIT :row_limit;

-- name: has_data_keys()$
SELECT EXISTS (SELECT 1 FROM data_keys);

-- name: is_empty()$
SELECT NOT (
    EXISTS (SELECT 1 FROM events) OR EXISTS (SELECT 1 FROM appends)
    OR EXISTS (SELECT 1 FROM log_head WHERE position > 0)
);

-- name: set_head(position, hash, recorded_at)!
UPDATE log_head SET position = :position, hash = :hash, recorded_at = :recorded_at WHERE id = 1;

-- name: overrides()
SELECT breaker, override, expires_at, reason, set_by, set_at FROM breaker_overrides
ORDER BY breaker;

-- name: keep_override(breaker, override, expires_at, reason, set_by, set_at)!
INSERT INTO breaker_overrides (breaker, override, expires_at, reason, set_by, set_at)
VALUES (:breaker, :override, :expires_at, :reason, :set_by, :set_at)
ON CONFLICT (breaker) DO UPDATE SET
    override = excluded.override,
    expires_at = excluded.expires_at,
    reason = excluded.reason,
    set_by = excluded.set_by,
    set_at = excluded.set_at;

-- name: forget_allowances(before, after)!
DELETE FROM allowances WHERE leased_at < :before OR leased_at > :after;
