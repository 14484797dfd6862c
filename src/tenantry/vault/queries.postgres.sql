-- name: lock_data_keys()!
-- Nobody adds, changes or destroys a key until this transaction has ended; reading goes on.
LOCK TABLE data_keys IN SHARE ROW EXCLUSIVE MODE;

-- name: rewrap_data_keys(tenant_ids, owners, wrapped, master_fingerprint)!
UPDATE data_keys AS k
SET wrapped = r.wrapped, master_fingerprint = :master_fingerprint
FROM unnest(:tenant_ids::text[], :owners::text[], :wrapped::bytea[])
    AS r (tenant_id, owner, wrapped)
WHERE k.tenant_id = r.tenant_id AND k.owner = r.owner;
