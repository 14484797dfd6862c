-- name: act_as_system()$
-- The policies of the tables let nobody else see every tenant, not even their owner.
SELECT set_config('role', 'tenantry_system', true);

-- name: lock_log()$
-- The append lock, 0x7E0002: no node appends until this transaction has ended.
SELECT pg_advisory_xact_lock(8257538);

-- name: insert_events(position, tenant_id, stream, version, type, data, metadata, recorded_at, hash)!
INSERT INTO events (
    position, tenant_id, stream, version, type, data, metadata, recorded_at, hash
)
SELECT * FROM unnest(
    :position::bigint[], :tenant_id::text[], :stream::text[], :version::bigint[], :type::text[],
    :data::bytea[], :metadata::bytea[], :recorded_at::bigint[], :hash::bytea[]
);

-- name: insert_appends(tenant_id, key, request_digest, first_position, last_position, expires_at)!
INSERT INTO appends (
    tenant_id, key, request_digest, first_position, last_position, expires_at
)
SELECT * FROM unnest(
    :tenant_id::text[], :key::text[], :request_digest::bytea[], :first_position::bigint[],
    :last_position::bigint[], :expires_at::bigint[]
);

-- name: insert_data_keys(tenant_id, owner, key_id, wrapped, master_fingerprint, created_at)!
INSERT INTO data_keys (tenant_id, owner, key_id, wrapped, master_fingerprint, created_at)
SELECT * FROM unnest(
    :tenant_id::text[], :owner::text[], :key_id::bytea[], :wrapped::bytea[],
    :master_fingerprint::text[], :created_at::bigint[]
);

-- name: insert_users(user_id, email, email_key, username, username_key, first_name, last_name, password_hash, owner_tenant, created_at, updated_at)!
INSERT INTO users (
    user_id, email, email_key, username, username_key, first_name, last_name, password_hash,
    owner_tenant, created_at, updated_at
)
SELECT * FROM unnest(
    :user_id::text[], :email::text[], :email_key::text[], :username::text[],
    :username_key::text[], :first_name::text[], :last_name::text[], :password_hash::text[],
    :owner_tenant::text[], :created_at::bigint[], :updated_at::bigint[]
);

-- name: insert_members(tenant_id, user_id, role, applications, created_at)!
INSERT INTO members (tenant_id, user_id, role, applications, created_at)
SELECT * FROM unnest(
    :tenant_id::text[], :user_id::text[], :role::text[], :applications::text[],
    :created_at::bigint[]
);

-- name: insert_api_keys(tenant_id, key_id, name, role, secret_hash, created_at, created_by, expires_at, last_used_at)!
INSERT INTO api_keys (
    tenant_id, key_id, name, role, secret_hash, created_at, created_by, expires_at, last_used_at
)
SELECT * FROM unnest(
    :tenant_id::text[], :key_id::text[], :name::text[], :role::text[], :secret_hash::bytea[],
    :created_at::bigint[], :created_by::text[], :expires_at::bigint[], :last_used_at::bigint[]
);

-- name: lease_allowance(limiter, bucket, window_number, wanted, most, leased_at)^
-- A newer window begins anew, of an older one nothing is given; `granted` is what this call got.
INSERT INTO allowances AS held (limiter, bucket, window_number, leased, granted, leased_at)
VALUES (
    :limiter, :bucket, :window_number, least(:wanted::bigint, :most::bigint), least(:wanted::bigint, :most::bigint), :leased_at
)
ON CONFLICT (limiter, bucket) DO UPDATE SET
    window_number = greatest(held.window_number, excluded.window_number),
    leased = CASE
        WHEN held.window_number < excluded.window_number THEN excluded.leased
        WHEN held.window_number = excluded.window_number
        THEN greatest(held.leased, least(held.leased + excluded.leased, :most))
        ELSE held.leased
    END,
    granted = CASE
        WHEN held.window_number < excluded.window_number THEN excluded.leased
        WHEN held.window_number = excluded.window_number
        THEN greatest(0, least(excluded.leased, :most - held.leased))
        ELSE 0
    END,
    leased_at = excluded.leased_at
RETURNING window_number, leased, granted;

-- name: server()^
SELECT
    concat_ws('.', number / 10000, mod(number, 10000)),
    (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
FROM (SELECT current_setting('server_version_num')::integer AS number) AS server;
