-- Who alone may do something for a while. `token` rises with each new holder and never falls, so
-- what an earlier holder still writes can be refused.

CREATE TABLE leases (
    name text COLLATE "C" NOT NULL PRIMARY KEY,
    holder text COLLATE "C" NOT NULL,
    token bigint NOT NULL,
    expires_at bigint NOT NULL
);

ALTER TABLE leases ENABLE ROW LEVEL SECURITY;
ALTER TABLE leases FORCE ROW LEVEL SECURITY;
CREATE POLICY leases_of_system ON leases TO tenantry_system USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON leases TO tenantry_system;
