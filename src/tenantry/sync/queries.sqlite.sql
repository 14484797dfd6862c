-- name: store_rows(tenant_id, collection, rows, synced_at)!
-- One statement for a page; what is as it was is not written.
INSERT INTO synced_rows (tenant_id, collection, key, data, digest, cursor, deleted, synced_at)
SELECT
    :tenant_id, :collection, each.value ->> 0, each.value ->> 1, each.value ->> 2,
    each.value ->> 3, 0, :synced_at
FROM jsonb_each(:rows) AS each WHERE true
ON CONFLICT (tenant_id, collection, key) DO UPDATE SET
    data = excluded.data, digest = excluded.digest, cursor = excluded.cursor, deleted = 0,
    synced_at = excluded.synced_at
WHERE synced_rows.digest <> excluded.digest OR synced_rows.deleted <> 0;

-- name: written_count()$
-- A row for each that was written would take as long as writing it.
SELECT changes();

-- name: hold_pass(tenant_id, collection, pass_id, page)$
-- Who writes is alone.
SELECT page FROM sync_collections
WHERE tenant_id = :tenant_id AND collection = :collection AND pass_id = :pass_id
    AND page = :page AND status = 'running';

-- name: deactivate_rows(tenant_id, collection, keys, synced_at)
UPDATE synced_rows SET deleted = 1, synced_at = :synced_at
WHERE tenant_id = :tenant_id AND collection = :collection AND deleted = 0
    AND key IN (SELECT each.value FROM json_each(:keys) AS each)
RETURNING 1;
