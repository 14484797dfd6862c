-- name: act_as_system()$
-- There are no roles.
SELECT 1;

-- name: lock_log()$
-- The writer is the only one who writes.
SELECT 1;

-- name: insert_events*!
INSERT INTO events (
    position, tenant_id, stream, version, type, data, metadata, recorded_at, hash
)
VALUES (
    :position, :tenant_id, :stream, :version, :type, :data, :metadata, :recorded_at, :hash
);

-- name: insert_appends*!
INSERT INTO appends (
    tenant_id, key, request_digest, first_position, last_position, expires_at
)
VALUES (:tenant_id, :key, :request_digest, :first_position, :last_position, :expires_at);

-- name: insert_data_keys*!
INSERT INTO data_keys (tenant_id, owner, key_id, wrapped, master_fingerprint, created_at)
VALUES (:tenant_id, :owner, :key_id, :wrapped, :master_fingerprint, :created_at);
