-- What was synchronised of each tenant, how far a pass has come, and what every run has done. A copy
-- of what sources have: emptied, it is fetched anew.

-- A lease of a tenant's own is locked by its own units.
ALTER TABLE leases ADD COLUMN tenant_id TEXT;

CREATE TABLE synced_rows (
    tenant_id TEXT NOT NULL,
    collection TEXT NOT NULL,
    key TEXT NOT NULL,
    data TEXT NOT NULL,
    digest TEXT NOT NULL,
    cursor TEXT,
    deleted INTEGER NOT NULL,
    synced_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, collection, key)
) STRICT, WITHOUT ROWID;

-- `pass_id` and `page` are compared and set with every page: two who write the same one cannot both.
CREATE TABLE sync_collections (
    tenant_id TEXT NOT NULL,
    collection TEXT NOT NULL,
    status TEXT NOT NULL,
    correlation_id TEXT NOT NULL,
    source TEXT NOT NULL,
    pass_id INTEGER NOT NULL,
    pass_at INTEGER NOT NULL,
    page INTEGER NOT NULL,
    token TEXT,
    is_whole INTEGER NOT NULL,
    total INTEGER,
    etag TEXT,
    since TEXT,
    row_count INTEGER NOT NULL,
    whole_at INTEGER NOT NULL,
    synced_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    retry_at INTEGER NOT NULL,
    error_type TEXT,
    error TEXT,
    PRIMARY KEY (tenant_id, collection)
) STRICT, WITHOUT ROWID;

-- Hashes of the keys that the pages of an unfinished pass had.
CREATE TABLE sync_pages (
    tenant_id TEXT NOT NULL,
    collection TEXT NOT NULL,
    pass_id INTEGER NOT NULL,
    page INTEGER NOT NULL,
    keys BLOB NOT NULL,
    PRIMARY KEY (tenant_id, collection, pass_id, page)
) STRICT, WITHOUT ROWID;

-- `ready_at` is when the essential collections were last complete together, 0 for never.
CREATE TABLE sync_tenants (
    tenant_id TEXT NOT NULL PRIMARY KEY,
    ready_at INTEGER NOT NULL,
    source TEXT NOT NULL,
    correlation_id TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    retry_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sync_runs (
    tenant_id TEXT NOT NULL,
    correlation_id TEXT NOT NULL,
    status TEXT NOT NULL,
    phase TEXT NOT NULL,
    method TEXT NOT NULL,
    reason TEXT NOT NULL,
    kind TEXT NOT NULL,
    trigger_source TEXT NOT NULL,
    triggered_by TEXT NOT NULL,
    token INTEGER NOT NULL,
    workflow_id TEXT,
    workflow_run_id TEXT,
    is_fallback INTEGER NOT NULL,
    temporal_error TEXT,
    error_type TEXT,
    error TEXT,
    counts TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    essential_at INTEGER,
    finished_at INTEGER,
    PRIMARY KEY (tenant_id, correlation_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX sync_runs_by_start ON sync_runs (started_at);
CREATE INDEX sync_runs_of_tenant ON sync_runs (tenant_id, started_at);
-- What sweepers look for every few seconds, and what there is little of.
CREATE INDEX sync_runs_under_way ON sync_runs (started_at) WHERE status = 'running';
CREATE INDEX sync_collections_failed ON sync_collections (retry_at) WHERE status = 'failed';

CREATE TABLE sync_timeline (
    id INTEGER PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    correlation_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    collection TEXT,
    details TEXT NOT NULL
) STRICT;
CREATE INDEX sync_timeline_of_run ON sync_timeline (tenant_id, correlation_id, id);
