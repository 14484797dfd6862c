-- name: lock_data_keys()$
-- The writer is the only one who writes.
SELECT 1;

-- name: rewrap_data_keys(keys, master_fingerprint)!
-- One statement for all keys: each step of a statement costs, beside a busy event loop.
UPDATE data_keys
SET wrapped = unhex(r.value ->> 2), master_fingerprint = :master_fingerprint
FROM json_each(:keys) AS r
WHERE data_keys.tenant_id = r.value ->> 0 AND data_keys.owner = r.value ->> 1;
