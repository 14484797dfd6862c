-- name: versions_of_streams(streams)
-- `streams` is a JSON array of [tenant_id, stream]; one statement step whatever their number.
SELECT json_group_array((
    SELECT coalesce(max(e.version), 0) FROM events AS e
    WHERE e.tenant_id = s.value ->> 0 AND e.stream = s.value ->> 1
)) FROM json_each(:streams) AS s;

-- name: has_changed(after, any_tenant, tenant_id, start, until)$
-- By position: what is behind it is little, and no index is kept for this alone.
SELECT EXISTS (
    SELECT 1 FROM events NOT INDEXED
    WHERE position > :after AND (:any_tenant OR tenant_id = :tenant_id)
        AND stream >= :start AND stream <= :until
);

-- name: appends_of_keys(keys, now_us)
-- `keys` is a JSON array of [tenant_id, key].
SELECT a.tenant_id, a.key, a.request_digest, a.first_position, a.last_position
FROM json_each(:keys) AS k
JOIN appends AS a ON a.tenant_id = k.value ->> 0 AND a.key = k.value ->> 1
WHERE a.expires_at > :now_us;

-- name: insert_events(rows)!
-- `rows` is a JSON array of arrays, in the order of the columns, the hash in hexadecimal.
INSERT INTO events (
    position, tenant_id, stream, version, type, data, metadata, recorded_at, hash
)
SELECT
    r.value ->> 0, r.value ->> 1, r.value ->> 2, r.value ->> 3, r.value ->> 4,
    CAST(r.value ->> 5 AS BLOB), CAST(r.value ->> 6 AS BLOB), r.value ->> 7, unhex(r.value ->> 8)
FROM json_each(:rows) AS r;

-- name: insert_appends(rows)!
-- `rows` is a JSON array of [tenant_id, key, request digest in hexadecimal, first, last, expiry].
INSERT INTO appends (
    tenant_id, key, request_digest, first_position, last_position, expires_at
)
SELECT
    r.value ->> 0, r.value ->> 1, unhex(r.value ->> 2), r.value ->> 3, r.value ->> 4, r.value ->> 5
FROM json_each(:rows) AS r
WHERE true
ON CONFLICT (tenant_id, key) DO UPDATE SET
    request_digest = excluded.request_digest,
    first_position = excluded.first_position,
    last_position = excluded.last_position,
    expires_at = excluded.expires_at;
