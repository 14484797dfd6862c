-- What each client is now, as its stream says: a copy that spares reading that, and can be made anew
-- from it. `version` is the stream's version that it is a copy of.

CREATE TABLE clients (
    tenant_id text COLLATE "C" NOT NULL,
    client_key text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    state bytea NOT NULL,
    users text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, client_key)
);

ALTER TABLE clients ENABLE ROW LEVEL SECURITY;
ALTER TABLE clients FORCE ROW LEVEL SECURITY;

CREATE POLICY clients_of_tenant ON clients TO tenantry_tenant
USING (tenant_id = current_setting('tenantry.tenant_id', true));
CREATE POLICY clients_of_system ON clients TO tenantry_system USING (true);

-- A client is written together with its users, who are the system's business.
GRANT SELECT ON clients TO tenantry_tenant;
GRANT SELECT, INSERT, UPDATE, DELETE ON clients TO tenantry_system;
