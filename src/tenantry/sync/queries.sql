-- name: tenant_of_id(tenant_id)^
SELECT ready_at, source, correlation_id, attempts, retry_at
FROM sync_tenants WHERE tenant_id = :tenant_id;

-- name: tenants_behind(after, row_limit)
SELECT tenant_id FROM sync_tenants WHERE tenant_id > :after ORDER BY tenant_id LIMIT :row_limit;

-- name: keep_tenant(tenant_id, ready_at, source, correlation_id, attempts, retry_at)!
INSERT INTO sync_tenants (tenant_id, ready_at, source, correlation_id, attempts, retry_at)
VALUES (:tenant_id, :ready_at, :source, :correlation_id, :attempts, :retry_at)
ON CONFLICT (tenant_id) DO UPDATE SET
    ready_at = excluded.ready_at, source = excluded.source,
    correlation_id = excluded.correlation_id, attempts = excluded.attempts,
    retry_at = excluded.retry_at;

-- name: insert_run(tenant_id, correlation_id, status, phase, method, reason, kind, trigger_source, triggered_by, token, started_at)!
INSERT INTO sync_runs (
    tenant_id, correlation_id, status, phase, method, reason, kind, trigger_source, triggered_by,
    token, is_fallback, counts, started_at
)
VALUES (
    :tenant_id, :correlation_id, :status, :phase, :method, :reason, :kind, :trigger_source,
    :triggered_by, :token, 0, '{}', :started_at
);

-- name: run_of_id(tenant_id, correlation_id)^
SELECT
    tenant_id, correlation_id, status, phase, method, reason, kind, trigger_source, triggered_by,
    token, workflow_id, workflow_run_id, is_fallback, temporal_error, error_type, error, counts,
    started_at, essential_at, finished_at
FROM sync_runs WHERE tenant_id = :tenant_id AND correlation_id = :correlation_id;

-- name: runs_of_tenant(tenant_id, before, correlation_id, row_limit)
SELECT
    tenant_id, correlation_id, status, phase, method, reason, kind, trigger_source, triggered_by,
    token, workflow_id, workflow_run_id, is_fallback, temporal_error, error_type, error, counts,
    started_at, essential_at, finished_at
FROM sync_runs
WHERE tenant_id = :tenant_id AND (started_at, correlation_id) < (:before, :correlation_id)
ORDER BY started_at DESC, correlation_id DESC LIMIT :row_limit;

-- name: runs_of_all(before, correlation_id, row_limit)
SELECT
    tenant_id, correlation_id, status, phase, method, reason, kind, trigger_source, triggered_by,
    token, workflow_id, workflow_run_id, is_fallback, temporal_error, error_type, error, counts,
    started_at, essential_at, finished_at
FROM sync_runs
WHERE (started_at, correlation_id) < (:before, :correlation_id)
ORDER BY started_at DESC, correlation_id DESC LIMIT :row_limit;

-- name: note_workflow(tenant_id, correlation_id, workflow_id, workflow_run_id)!
UPDATE sync_runs SET workflow_id = :workflow_id, workflow_run_id = :workflow_run_id
WHERE tenant_id = :tenant_id AND correlation_id = :correlation_id;

-- name: note_fallback(tenant_id, correlation_id, token, temporal_error)!
UPDATE sync_runs SET is_fallback = 1, token = :token, temporal_error = :temporal_error
WHERE tenant_id = :tenant_id AND correlation_id = :correlation_id;

-- name: note_essential(tenant_id, correlation_id, phase, counts, essential_at)!
UPDATE sync_runs SET phase = :phase, counts = :counts, essential_at = :essential_at
WHERE tenant_id = :tenant_id AND correlation_id = :correlation_id;

-- name: end_run(tenant_id, correlation_id, status, phase, error_type, error, counts, finished_at)$
-- Once: whoever comes later finds it ended.
UPDATE sync_runs SET
    status = :status, phase = :phase, error_type = :error_type, error = :error, counts = :counts,
    finished_at = :finished_at
WHERE tenant_id = :tenant_id AND correlation_id = :correlation_id AND status = 'running'
RETURNING finished_at;

-- name: supersede_runs(tenant_id, correlation_id, error, finished_at)
-- Those of a tenant that another run has taken the place of.
UPDATE sync_runs SET status = 'superseded', error = :error, finished_at = :finished_at
WHERE tenant_id = :tenant_id AND correlation_id <> :correlation_id AND status = 'running'
RETURNING correlation_id;

-- name: collections_of_tenant(tenant_id)
SELECT
    tenant_id, collection, status, correlation_id, source, pass_id, pass_at, page, token, is_whole,
    total, etag, since, row_count, whole_at, synced_at, attempts, retry_at, error_type, error
FROM sync_collections WHERE tenant_id = :tenant_id ORDER BY collection;

-- name: collection_of_name(tenant_id, collection)^
SELECT
    tenant_id, collection, status, correlation_id, source, pass_id, pass_at, page, token, is_whole,
    total, etag, since, row_count, whole_at, synced_at, attempts, retry_at, error_type, error
FROM sync_collections WHERE tenant_id = :tenant_id AND collection = :collection;

-- name: begin_pass(tenant_id, collection, status, correlation_id, source, pass_id, pass_at, page, token, is_whole, total, etag, since, known_pass_id)$
INSERT INTO sync_collections (
    tenant_id, collection, status, correlation_id, source, pass_id, pass_at, page, token, is_whole,
    total, etag, since, row_count, whole_at, synced_at, attempts, retry_at
)
VALUES (
    :tenant_id, :collection, :status, :correlation_id, :source, :pass_id, :pass_at, :page, :token,
    :is_whole, :total, :etag, :since, 0, 0, 0, 0, 0
)
ON CONFLICT (tenant_id, collection) DO UPDATE SET
    status = excluded.status, correlation_id = excluded.correlation_id, source = excluded.source,
    pass_id = excluded.pass_id, pass_at = excluded.pass_at, page = excluded.page,
    token = excluded.token, is_whole = excluded.is_whole, total = excluded.total,
    etag = excluded.etag, since = excluded.since
WHERE sync_collections.pass_id = :known_pass_id
RETURNING pass_id;

-- name: turn_page(tenant_id, collection, pass_id, page, token, is_whole, total)$
-- Compared and set: nobody else has written this page, or begun another pass. From here on the etag
-- of the pass before does not stand for what is stored.
UPDATE sync_collections SET
    page = page + 1, token = :token, is_whole = :is_whole, total = :total, etag = NULL
WHERE tenant_id = :tenant_id AND collection = :collection AND pass_id = :pass_id
    AND page = :page AND status = 'running'
RETURNING page;

-- name: complete_pass(tenant_id, collection, pass_id, etag, since, row_count, whole_at, synced_at)$
UPDATE sync_collections SET
    status = 'completed', token = NULL, etag = :etag, since = :since, row_count = :row_count,
    whole_at = :whole_at, synced_at = :synced_at, attempts = 0, retry_at = 0, error_type = NULL,
    error = NULL
WHERE tenant_id = :tenant_id AND collection = :collection AND pass_id = :pass_id
    AND status = 'running'
RETURNING pass_id;

-- name: fail_collection(tenant_id, collection, correlation_id, is_resumable, attempts, retry_at, error_type, error)!
INSERT INTO sync_collections (
    tenant_id, collection, status, correlation_id, source, pass_id, pass_at, page, token, is_whole,
    row_count, whole_at, synced_at, attempts, retry_at, error_type, error
)
VALUES (
    :tenant_id, :collection, 'failed', :correlation_id, '', 0, 0, 0, NULL, 1, 0, 0, 0, :attempts,
    :retry_at, :error_type, :error
)
ON CONFLICT (tenant_id, collection) DO UPDATE SET
    status = 'failed', correlation_id = excluded.correlation_id,
    token = CASE WHEN :is_resumable = 1 THEN sync_collections.token END,
    attempts = excluded.attempts, retry_at = excluded.retry_at, error_type = excluded.error_type,
    error = excluded.error;

-- name: keep_page(tenant_id, collection, pass_id, page, keys)!
INSERT INTO sync_pages (tenant_id, collection, pass_id, page, keys)
VALUES (:tenant_id, :collection, :pass_id, :page, :keys);

-- name: pages_of_pass(tenant_id, collection, pass_id)
SELECT keys FROM sync_pages
WHERE tenant_id = :tenant_id AND collection = :collection AND pass_id = :pass_id;

-- name: delete_pages(tenant_id, collection)!
DELETE FROM sync_pages WHERE tenant_id = :tenant_id AND collection = :collection;

-- name: count_rows(tenant_id, collection)$
SELECT count(*) FROM synced_rows
WHERE tenant_id = :tenant_id AND collection = :collection AND deleted = 0;

-- name: live_keys(tenant_id, collection)
SELECT key FROM synced_rows
WHERE tenant_id = :tenant_id AND collection = :collection AND deleted = 0;

-- name: rows_behind(tenant_id, collection, after, row_limit)
SELECT key, data, deleted, synced_at FROM synced_rows
WHERE tenant_id = :tenant_id AND collection = :collection AND key > :after
ORDER BY key LIMIT :row_limit;

-- name: add_to_timeline(tenant_id, correlation_id, at, kind, collection, details)!
INSERT INTO sync_timeline (tenant_id, correlation_id, at, kind, collection, details)
VALUES (:tenant_id, :correlation_id, :at, :kind, :collection, :details);

-- name: timeline_of_run(tenant_id, correlation_id, row_limit)
SELECT at, kind, collection, details FROM sync_timeline
WHERE tenant_id = :tenant_id AND correlation_id = :correlation_id ORDER BY id LIMIT :row_limit;

-- name: runs_since(since, tenant_id, row_limit)
-- Of one tenant, or of all: '' names none.
SELECT tenant_id, status, method, is_fallback, error_type, started_at, essential_at, finished_at
FROM sync_runs WHERE started_at >= :since AND (:tenant_id = '' OR tenant_id = :tenant_id)
ORDER BY started_at DESC LIMIT :row_limit;

-- name: run_counts(since, row_limit)
-- How many of the newest runs stand how.
SELECT status, count(*) FROM (
    SELECT status FROM sync_runs WHERE started_at >= :since
    ORDER BY started_at DESC LIMIT :row_limit
) AS newest GROUP BY status;

-- name: standings(tenant_id)
SELECT
    sync_tenants.tenant_id, sync_tenants.ready_at, sync_runs.status, sync_runs.essential_at,
    sync_runs.started_at, sync_runs.finished_at, sync_runs.correlation_id,
    coalesce(leases.expires_at, 0)
FROM sync_tenants
JOIN sync_runs ON sync_runs.tenant_id = sync_tenants.tenant_id
    AND sync_runs.correlation_id = sync_tenants.correlation_id
LEFT JOIN leases ON leases.name = 'sync:' || sync_tenants.tenant_id
WHERE (:tenant_id = '' OR sync_tenants.tenant_id = :tenant_id)
ORDER BY sync_tenants.tenant_id;

-- name: collection_figures(tenant_id)
SELECT collection, status, count(*), sum(row_count) FROM sync_collections
WHERE (:tenant_id = '' OR tenant_id = :tenant_id)
GROUP BY collection, status ORDER BY collection, status;

-- name: due_collections(now_us, row_limit)
SELECT DISTINCT tenant_id FROM sync_collections
WHERE status = 'failed' AND retry_at <= :now_us ORDER BY tenant_id LIMIT :row_limit;

-- name: deserted_runs(now_us, row_limit)
-- Whoever carried them out is not there any more.
SELECT sync_runs.tenant_id, sync_runs.correlation_id
FROM sync_runs
LEFT JOIN leases ON leases.name = 'sync:' || sync_runs.tenant_id
WHERE sync_runs.status = 'running' AND coalesce(leases.expires_at, 0) <= :now_us
ORDER BY sync_runs.started_at LIMIT :row_limit;

-- name: forget_timeline(before)!
DELETE FROM sync_timeline WHERE at < :before;

-- name: forget_runs(before)!
DELETE FROM sync_runs WHERE started_at < :before AND status <> 'running'
    AND NOT EXISTS (
        SELECT 1 FROM sync_tenants
        WHERE sync_tenants.tenant_id = sync_runs.tenant_id
            AND sync_tenants.correlation_id = sync_runs.correlation_id
    );

-- name: delete_rows_of_collection(tenant_id, collection)!
DELETE FROM synced_rows WHERE tenant_id = :tenant_id AND collection = :collection;

-- name: delete_collection(tenant_id, collection)!
DELETE FROM sync_collections WHERE tenant_id = :tenant_id AND collection = :collection;

-- name: stop_retrying(tenant_id)!
UPDATE sync_collections SET retry_at = 9223372036854775807
WHERE tenant_id = :tenant_id AND status = 'failed';

-- name: delete_rows_of_tenant(tenant_id)!
DELETE FROM synced_rows WHERE tenant_id = :tenant_id;

-- name: delete_collections_of_tenant(tenant_id)!
DELETE FROM sync_collections WHERE tenant_id = :tenant_id;

-- name: delete_pages_of_tenant(tenant_id)!
DELETE FROM sync_pages WHERE tenant_id = :tenant_id;

-- name: delete_tenant(tenant_id)!
DELETE FROM sync_tenants WHERE tenant_id = :tenant_id;

-- name: delete_runs_of_tenant(tenant_id)!
DELETE FROM sync_runs WHERE tenant_id = :tenant_id;

-- name: delete_timeline_of_tenant(tenant_id)!
DELETE FROM sync_timeline WHERE tenant_id = :tenant_id;
