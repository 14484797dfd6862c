-- name: head()^
SELECT position, hash, recorded_at FROM log_head WHERE id = 1;

-- name: page(after, limit)
SELECT position, tenant_id, stream, version, type, data, metadata, recorded_at
FROM events WHERE position > :after ORDER BY position LIMIT :limit;

-- name: window_of_tenants(after, positions, tenant_id, other_tenant_id, start, until)
-- The window is cut out first, by position: what it costs does not depend on what matches in it.
SELECT position, tenant_id, stream, version, type, data, metadata, recorded_at
FROM (
    SELECT position, tenant_id, stream, version, type, data, metadata, recorded_at
    FROM events WHERE position > :after ORDER BY position LIMIT :positions
) AS around
WHERE tenant_id IN (:tenant_id, :other_tenant_id) AND stream >= :start AND stream <= :until
ORDER BY position;

-- name: briefs(after, until, max_bytes)
-- What happened, with the data only of events where that is little.
SELECT
    position, tenant_id, stream, version, type,
    CASE WHEN octet_length(data) <= :max_bytes THEN data END, metadata, recorded_at
FROM events WHERE position > :after AND position <= :until ORDER BY position;

-- name: briefs_of_tenant(tenant_id, after, until, max_bytes)
SELECT
    position, tenant_id, stream, version, type,
    CASE WHEN octet_length(data) <= :max_bytes THEN data END, metadata, recorded_at
FROM events
WHERE tenant_id = :tenant_id AND position > :after AND position <= :until ORDER BY position;

-- name: page_with_hashes(after, limit)
SELECT position, tenant_id, stream, version, type, data, metadata, recorded_at, hash
FROM events WHERE position > :after ORDER BY position LIMIT :limit;

-- name: stream_page(tenant_id, stream, after, limit)
SELECT position, tenant_id, stream, version, type, data, metadata, recorded_at
FROM events
WHERE tenant_id = :tenant_id AND stream = :stream AND version > :after
ORDER BY version LIMIT :limit;

-- name: last_of_stream_at(tenant_id, stream, position)^
SELECT position, tenant_id, stream, version, type, data, metadata, recorded_at
FROM events
WHERE tenant_id = :tenant_id AND stream = :stream AND position <= :position
ORDER BY version DESC LIMIT 1;

-- name: last_of_streams_at(tenant_id, start, until, position, limit)
SELECT e.position, e.tenant_id, e.stream, e.version, e.type, e.data, e.metadata, e.recorded_at
FROM (
    SELECT stream, max(version) AS version
    FROM events
    WHERE tenant_id = :tenant_id AND stream >= :start AND stream <= :until AND position <= :position
    GROUP BY stream ORDER BY stream LIMIT :limit
) AS last
JOIN events AS e
    ON e.tenant_id = :tenant_id AND e.stream = last.stream AND e.version = last.version
ORDER BY e.stream;

-- name: time_at(position)$
SELECT recorded_at FROM events WHERE position = :position;

-- name: hash_at(position)$
SELECT hash FROM events WHERE position = :position;

-- name: append_of_key(tenant_id, key, now_us)^
SELECT request_digest, first_position, last_position
FROM appends WHERE tenant_id = :tenant_id AND key = :key AND expires_at > :now_us;

-- name: forget_expired_keys(now_us)!
DELETE FROM appends WHERE expires_at <= :now_us;

-- name: checkpoint(projection)^
SELECT position, hash FROM checkpoints WHERE projection = :projection;

-- name: checkpoints()
SELECT projection, position, hash FROM checkpoints ORDER BY projection;

-- name: add_checkpoint(projection, position, hash)!
INSERT INTO checkpoints (projection, position, hash) VALUES (:projection, :position, :hash)
ON CONFLICT (projection) DO NOTHING;

-- name: move_checkpoint(projection, before, position, hash)$
UPDATE checkpoints SET position = :position, hash = :hash
WHERE projection = :projection AND position = :before
RETURNING position;

-- name: latest_snapshot(projection, state_version)^
SELECT position, hash, chunk_count FROM snapshots
WHERE projection = :projection AND state_version = :state_version
ORDER BY position DESC LIMIT 1;

-- name: snapshots()
SELECT projection, position, hash FROM snapshots ORDER BY projection, position;

-- name: snapshot_chunk(projection, state_version, position, chunk)$
SELECT data FROM snapshot_chunks
WHERE projection = :projection AND state_version = :state_version
    AND position = :position AND chunk = :chunk;

-- name: add_snapshot_chunk(projection, state_version, position, chunk, data)!
INSERT INTO snapshot_chunks (projection, state_version, position, chunk, data)
VALUES (:projection, :state_version, :position, :chunk, :data)
ON CONFLICT (projection, state_version, position, chunk) DO UPDATE SET data = excluded.data;

-- name: add_snapshot(projection, position, hash, state_version, chunk_count, created_at)!
INSERT INTO snapshots (projection, position, hash, state_version, chunk_count, created_at)
VALUES (:projection, :position, :hash, :state_version, :chunk_count, :created_at)
ON CONFLICT (projection, state_version, position) DO UPDATE SET
    hash = excluded.hash, chunk_count = excluded.chunk_count, created_at = excluded.created_at;

-- name: forget_snapshots_before(projection, position)!
DELETE FROM snapshots WHERE projection = :projection AND position < :position;

-- name: forget_chunks_before(projection, position)!
DELETE FROM snapshot_chunks WHERE projection = :projection AND position < :position;

-- name: forget_snapshots(projection)!
DELETE FROM snapshots WHERE projection = :projection;

-- name: forget_chunks(projection)!
DELETE FROM snapshot_chunks WHERE projection = :projection;
