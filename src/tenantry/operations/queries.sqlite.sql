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

-- name: insert_users*!
INSERT INTO users (
    user_id, email, email_key, username, username_key, first_name, last_name, password_hash,
    owner_tenant, created_at, updated_at
)
VALUES (
    :user_id, :email, :email_key, :username, :username_key, :first_name, :last_name,
    :password_hash, :owner_tenant, :created_at, :updated_at
);

-- name: insert_members*!
INSERT INTO members (tenant_id, user_id, role, applications, created_at)
VALUES (:tenant_id, :user_id, :role, :applications, :created_at);

-- name: insert_api_keys*!
INSERT INTO api_keys (
    tenant_id, key_id, name, role, secret_hash, created_at, created_by, expires_at, last_used_at
)
VALUES (
    :tenant_id, :key_id, :name, :role, :secret_hash, :created_at, :created_by, :expires_at,
    :last_used_at
);

-- name: lease_allowance(limiter, bucket, window_number, wanted, most, leased_at)^
-- A newer window begins anew, of an older one nothing is given; `granted` is what this call got.
INSERT INTO allowances AS held (limiter, bucket, window_number, leased, granted, leased_at)
VALUES (
    :limiter, :bucket, :window_number, min(:wanted, :most), min(:wanted, :most), :leased_at
)
ON CONFLICT (limiter, bucket) DO UPDATE SET
    window_number = max(held.window_number, excluded.window_number),
    leased = CASE
        WHEN held.window_number < excluded.window_number THEN excluded.leased
        WHEN held.window_number = excluded.window_number
        THEN max(held.leased, min(held.leased + excluded.leased, :most))
        ELSE held.leased
    END,
    granted = CASE
        WHEN held.window_number < excluded.window_number THEN excluded.leased
        WHEN held.window_number = excluded.window_number
        THEN max(0, min(excluded.leased, :most - held.leased))
        ELSE 0
    END,
    leased_at = excluded.leased_at
RETURNING window_number, leased, granted;

-- name: server()^
-- A library in our own process has no clock of its own.
SELECT sqlite_version(), NULL;
