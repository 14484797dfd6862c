-- What was synchronised of each tenant, how far a pass has come, and what every run has done. A copy
-- of what sources have: emptied, it is fetched anew.

-- A lease of a tenant's own is locked by its own units.
ALTER TABLE leases ADD COLUMN tenant_id text COLLATE "C";

CREATE TABLE synced_rows (
    tenant_id text COLLATE "C" NOT NULL,
    collection text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    data text COLLATE "C" NOT NULL,
    digest text COLLATE "C" NOT NULL,
    cursor text COLLATE "C",
    deleted bigint NOT NULL,
    synced_at bigint NOT NULL,
    PRIMARY KEY (tenant_id, collection, key)
);

-- `pass_id` and `page` are compared and set with every page: two who write the same one cannot both.
CREATE TABLE sync_collections (
    tenant_id text COLLATE "C" NOT NULL,
    collection text COLLATE "C" NOT NULL,
    status text COLLATE "C" NOT NULL,
    correlation_id text COLLATE "C" NOT NULL,
    source text COLLATE "C" NOT NULL,
    pass_id bigint NOT NULL,
    pass_at bigint NOT NULL,
    page bigint NOT NULL,
    token text COLLATE "C",
    is_whole bigint NOT NULL,
    total bigint,
    etag text COLLATE "C",
    since text COLLATE "C",
    row_count bigint NOT NULL,
    whole_at bigint NOT NULL,
    synced_at bigint NOT NULL,
    attempts bigint NOT NULL,
    retry_at bigint NOT NULL,
    error_type text COLLATE "C",
    error text COLLATE "C",
    PRIMARY KEY (tenant_id, collection)
);

-- Hashes of the keys that the pages of an unfinished pass had.
CREATE TABLE sync_pages (
    tenant_id text COLLATE "C" NOT NULL,
    collection text COLLATE "C" NOT NULL,
    pass_id bigint NOT NULL,
    page bigint NOT NULL,
    keys bytea NOT NULL,
    PRIMARY KEY (tenant_id, collection, pass_id, page)
);

-- `ready_at` is when the essential collections were last complete together, 0 for never.
CREATE TABLE sync_tenants (
    tenant_id text COLLATE "C" NOT NULL PRIMARY KEY,
    ready_at bigint NOT NULL,
    source text COLLATE "C" NOT NULL,
    correlation_id text COLLATE "C" NOT NULL,
    attempts bigint NOT NULL,
    retry_at bigint NOT NULL
);

CREATE TABLE sync_runs (
    tenant_id text COLLATE "C" NOT NULL,
    correlation_id text COLLATE "C" NOT NULL,
    status text COLLATE "C" NOT NULL,
    phase text COLLATE "C" NOT NULL,
    method text COLLATE "C" NOT NULL,
    reason text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    trigger_source text COLLATE "C" NOT NULL,
    triggered_by text COLLATE "C" NOT NULL,
    token bigint NOT NULL,
    workflow_id text COLLATE "C",
    workflow_run_id text COLLATE "C",
    is_fallback bigint NOT NULL,
    temporal_error text COLLATE "C",
    error_type text COLLATE "C",
    error text COLLATE "C",
    counts text COLLATE "C" NOT NULL,
    started_at bigint NOT NULL,
    essential_at bigint,
    finished_at bigint,
    PRIMARY KEY (tenant_id, correlation_id)
);
CREATE INDEX sync_runs_by_start ON sync_runs (started_at);
CREATE INDEX sync_runs_of_tenant ON sync_runs (tenant_id, started_at);
-- What sweepers look for every few seconds, and what there is little of.
CREATE INDEX sync_runs_under_way ON sync_runs (started_at) WHERE status = 'running';
CREATE INDEX sync_collections_failed ON sync_collections (retry_at) WHERE status = 'failed';

CREATE TABLE sync_timeline (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id text COLLATE "C" NOT NULL,
    correlation_id text COLLATE "C" NOT NULL,
    at bigint NOT NULL,
    kind text COLLATE "C" NOT NULL,
    collection text COLLATE "C",
    details text COLLATE "C" NOT NULL
);
CREATE INDEX sync_timeline_of_run ON sync_timeline (tenant_id, correlation_id, id);

ALTER TABLE synced_rows ENABLE ROW LEVEL SECURITY;
ALTER TABLE synced_rows FORCE ROW LEVEL SECURITY;
ALTER TABLE sync_collections ENABLE ROW LEVEL SECURITY;
ALTER TABLE sync_collections FORCE ROW LEVEL SECURITY;
ALTER TABLE sync_pages ENABLE ROW LEVEL SECURITY;
ALTER TABLE sync_pages FORCE ROW LEVEL SECURITY;
ALTER TABLE sync_tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE sync_tenants FORCE ROW LEVEL SECURITY;
ALTER TABLE sync_runs ENABLE ROW LEVEL SECURITY;
ALTER TABLE sync_runs FORCE ROW LEVEL SECURITY;
ALTER TABLE sync_timeline ENABLE ROW LEVEL SECURITY;
ALTER TABLE sync_timeline FORCE ROW LEVEL SECURITY;
ALTER TABLE leases ENABLE ROW LEVEL SECURITY;
ALTER TABLE leases FORCE ROW LEVEL SECURITY;

CREATE POLICY synced_rows_of_tenant ON synced_rows TO tenantry_tenant
USING (tenant_id = current_setting('tenantry.tenant_id', true));
CREATE POLICY synced_rows_of_system ON synced_rows TO tenantry_system USING (true);
CREATE POLICY sync_collections_of_tenant ON sync_collections TO tenantry_tenant
USING (tenant_id = current_setting('tenantry.tenant_id', true));
CREATE POLICY sync_collections_of_system ON sync_collections TO tenantry_system USING (true);
CREATE POLICY sync_pages_of_tenant ON sync_pages TO tenantry_tenant
USING (tenant_id = current_setting('tenantry.tenant_id', true));
CREATE POLICY sync_pages_of_system ON sync_pages TO tenantry_system USING (true);
CREATE POLICY sync_tenants_of_tenant ON sync_tenants TO tenantry_tenant
USING (tenant_id = current_setting('tenantry.tenant_id', true));
CREATE POLICY sync_tenants_of_system ON sync_tenants TO tenantry_system USING (true);
CREATE POLICY sync_runs_of_tenant ON sync_runs TO tenantry_tenant
USING (tenant_id = current_setting('tenantry.tenant_id', true));
CREATE POLICY sync_runs_of_system ON sync_runs TO tenantry_system USING (true);
CREATE POLICY sync_timeline_of_tenant ON sync_timeline TO tenantry_tenant
USING (tenant_id = current_setting('tenantry.tenant_id', true));
CREATE POLICY sync_timeline_of_system ON sync_timeline TO tenantry_system USING (true);
CREATE POLICY leases_of_tenant ON leases TO tenantry_tenant
USING (tenant_id = current_setting('tenantry.tenant_id', true));
CREATE POLICY leases_of_system ON leases TO tenantry_system USING (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON
synced_rows, sync_collections, sync_pages, sync_tenants, sync_runs, sync_timeline
TO tenantry_tenant, tenantry_system;

-- To lock a row, even to share it, wants the right to update it.
GRANT SELECT, INSERT, UPDATE ON leases TO tenantry_tenant;
