-- name: data_key_of(tenant_id, owner)^
SELECT tenant_id, owner, key_id, wrapped, master_fingerprint, created_at
FROM data_keys WHERE tenant_id = :tenant_id AND owner = :owner;

-- name: all_data_keys()
SELECT tenant_id, owner, key_id, wrapped, master_fingerprint, created_at
FROM data_keys ORDER BY tenant_id, owner;

-- name: insert_data_key(tenant_id, owner, key_id, wrapped, master_fingerprint, created_at)!
INSERT INTO data_keys (tenant_id, owner, key_id, wrapped, master_fingerprint, created_at)
VALUES (:tenant_id, :owner, :key_id, :wrapped, :master_fingerprint, :created_at)
ON CONFLICT (tenant_id, owner) DO NOTHING;

-- name: delete_data_key(tenant_id, owner)
DELETE FROM data_keys WHERE tenant_id = :tenant_id AND owner = :owner RETURNING key_id;

-- name: delete_data_keys(tenant_id)
DELETE FROM data_keys WHERE tenant_id = :tenant_id RETURNING key_id;

-- name: any_fingerprint()$
-- All keys are under one master key, so any of them tells which.
SELECT master_fingerprint FROM data_keys LIMIT 1;

-- name: counts_by_master()
SELECT master_fingerprint, count(*) FROM data_keys
GROUP BY master_fingerprint ORDER BY master_fingerprint;
