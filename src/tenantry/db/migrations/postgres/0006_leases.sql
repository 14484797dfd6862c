-- Who alone may do something for a while. `token` rises with each new holder and never falls, so
-- what an earlier holder still writes can be refused.

CREATE TABLE leases (
    name text COLLATE "C" NOT NULL PRIMARY KEY,
    holder text COLLATE "C" NOT NULL,
    token bigint NOT NULL,
    expires_at bigint NOT NULL
);

GRANT SELECT, INSERT, UPDATE, DELETE ON leases TO tenantry_system;
