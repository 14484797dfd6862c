-- name: store_rows(tenant_id, collection, rows, synced_at)$
-- One statement for a page. What is as it was is left out before: a conflict, though it changes
-- nothing, would lock the row, and so write it. An array for each column is built far too slowly.
WITH given AS MATERIALIZED (
    SELECT
        one.value ->> 0 AS key, one.value ->> 1 AS data, one.value ->> 2 AS digest,
        one.value ->> 3 AS cursor
    FROM jsonb_array_elements(CAST(:rows AS jsonb)) AS one (value)
),
written AS (
    INSERT INTO synced_rows (tenant_id, collection, key, data, digest, cursor, deleted, synced_at)
    SELECT
        :tenant_id, :collection, given.key, given.data, given.digest, given.cursor, 0, :synced_at
    FROM given
    WHERE NOT EXISTS (
        SELECT 1 FROM synced_rows AS known
        WHERE known.tenant_id = :tenant_id AND known.collection = :collection
            AND known.key = given.key AND known.digest = given.digest AND known.deleted = 0
    )
    ON CONFLICT (tenant_id, collection, key) DO UPDATE SET
        data = excluded.data, digest = excluded.digest, cursor = excluded.cursor, deleted = 0,
        synced_at = excluded.synced_at
    RETURNING 1
)
SELECT count(*) FROM written;

-- name: deactivate_rows(tenant_id, collection, keys, synced_at)
UPDATE synced_rows SET deleted = 1, synced_at = :synced_at
WHERE tenant_id = :tenant_id AND collection = :collection AND deleted = 0
    AND key IN (SELECT one FROM jsonb_array_elements_text(CAST(:keys AS jsonb)) AS one)
RETURNING 1;
