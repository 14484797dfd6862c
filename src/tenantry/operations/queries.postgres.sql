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
