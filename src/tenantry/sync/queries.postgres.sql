-- name: store_rows(tenant_id, collection, rows, synced_at)!
-- One statement for a page. Who holds the pass is alone with its rows; ON CONFLICT would reckon with
-- others, and take half as long again. An array for each column is built far too slowly.
MERGE INTO synced_rows AS known
USING (
    SELECT
        one.value ->> 0 AS key, one.value ->> 1 AS data, one.value ->> 2 AS digest,
        one.value ->> 3 AS cursor
    FROM jsonb_array_elements(CAST(:rows AS jsonb)) AS one (value)
) AS given
ON known.tenant_id = :tenant_id AND known.collection = :collection AND known.key = given.key
WHEN MATCHED AND (known.digest <> given.digest OR known.deleted <> 0) THEN UPDATE SET
    data = given.data, digest = given.digest, cursor = given.cursor, deleted = 0,
    synced_at = :synced_at
WHEN NOT MATCHED THEN
    INSERT (tenant_id, collection, key, data, digest, cursor, deleted, synced_at)
    VALUES (
        :tenant_id, :collection, given.key, given.data, given.digest, given.cursor, 0, :synced_at
    );

-- name: hold_pass(tenant_id, collection, pass_id, page)$
SELECT page FROM sync_collections
WHERE tenant_id = :tenant_id AND collection = :collection AND pass_id = :pass_id
    AND page = :page AND status = 'running'
FOR UPDATE;

-- name: deactivate_rows(tenant_id, collection, keys, synced_at)
UPDATE synced_rows SET deleted = 1, synced_at = :synced_at
WHERE tenant_id = :tenant_id AND collection = :collection AND deleted = 0
    AND key IN (SELECT one FROM jsonb_array_elements_text(CAST(:keys AS jsonb)) AS one)
RETURNING 1;
