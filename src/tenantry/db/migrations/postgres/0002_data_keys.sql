-- The data keys of the vault, each wrapped by the master key. To destroy one is to delete its row;
-- so there is one key an owner and never a second.

CREATE TABLE data_keys (
    tenant_id text COLLATE "C" NOT NULL,
    owner text COLLATE "C" NOT NULL,
    key_id bytea NOT NULL CHECK (octet_length(key_id) = 8),
    wrapped bytea NOT NULL,
    master_fingerprint text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    PRIMARY KEY (tenant_id, owner)
);

ALTER TABLE data_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE data_keys FORCE ROW LEVEL SECURITY;

CREATE POLICY data_keys_of_tenant ON data_keys TO tenantry_tenant
USING (tenant_id = current_setting('tenantry.tenant_id', true));
CREATE POLICY data_keys_of_system ON data_keys TO tenantry_system USING (true);

-- A tenant's unit reads its keys and destroys them. Making one is the system's: it must see that
-- all of them are under one master key.
GRANT SELECT, DELETE ON data_keys TO tenantry_tenant;
GRANT SELECT, INSERT, UPDATE, DELETE ON data_keys TO tenantry_system;
