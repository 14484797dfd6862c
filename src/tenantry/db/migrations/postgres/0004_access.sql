-- Who may do what: people, what each tenant has made of them, and what they show to prove themselves.
-- Of a key and of a session only the SHA-256 of the secret part is here; of a password its Argon2id
-- hash. What was decided (roles, keys, their end) stands in the log; what must be erasable, here.

CREATE TABLE users (
    user_id text COLLATE "C" NOT NULL PRIMARY KEY,
    email text COLLATE "C" NOT NULL,
    email_key text COLLATE "C" NOT NULL UNIQUE,
    username text COLLATE "C",
    username_key text COLLATE "C" UNIQUE,
    first_name text COLLATE "C",
    last_name text COLLATE "C",
    password_hash text COLLATE "C",
    owner_tenant text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);

CREATE TABLE members (
    tenant_id text COLLATE "C" NOT NULL,
    user_id text COLLATE "C" NOT NULL REFERENCES users (user_id),
    role text COLLATE "C",
    applications text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    PRIMARY KEY (tenant_id, user_id)
);

CREATE INDEX members_by_user ON members (user_id, tenant_id);

CREATE TABLE api_keys (
    tenant_id text COLLATE "C" NOT NULL,
    key_id text COLLATE "C" NOT NULL UNIQUE,
    name text COLLATE "C" NOT NULL,
    role text COLLATE "C" NOT NULL,
    secret_hash bytea NOT NULL CHECK (octet_length(secret_hash) = 32),
    created_at bigint NOT NULL,
    created_by text COLLATE "C" NOT NULL,
    expires_at bigint,
    last_used_at bigint,
    PRIMARY KEY (tenant_id, key_id)
);

CREATE TABLE sessions (
    tenant_id text COLLATE "C" NOT NULL,
    session_id text COLLATE "C" NOT NULL UNIQUE,
    user_id text COLLATE "C" NOT NULL REFERENCES users (user_id),
    secret_hash bytea NOT NULL CHECK (octet_length(secret_hash) = 32),
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    source text NOT NULL,
    PRIMARY KEY (tenant_id, session_id)
);

CREATE INDEX sessions_by_user ON sessions (user_id, tenant_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

ALTER TABLE users ENABLE ROW LEVEL SECURITY;
ALTER TABLE users FORCE ROW LEVEL SECURITY;
ALTER TABLE members ENABLE ROW LEVEL SECURITY;
ALTER TABLE members FORCE ROW LEVEL SECURITY;
ALTER TABLE api_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_keys FORCE ROW LEVEL SECURITY;
ALTER TABLE sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE sessions FORCE ROW LEVEL SECURITY;

CREATE POLICY members_of_tenant ON members TO tenantry_tenant
USING (tenant_id = current_setting('tenantry.tenant_id', true));
CREATE POLICY members_of_system ON members TO tenantry_system USING (true);
CREATE POLICY api_keys_of_tenant ON api_keys TO tenantry_tenant
USING (tenant_id = current_setting('tenantry.tenant_id', true));
CREATE POLICY api_keys_of_system ON api_keys TO tenantry_system USING (true);
CREATE POLICY sessions_of_tenant ON sessions TO tenantry_tenant
USING (tenant_id = current_setting('tenantry.tenant_id', true));
CREATE POLICY sessions_of_system ON sessions TO tenantry_system USING (true);

-- A person has no tenant: a tenant sees those who are its members, by that table's own policy.
CREATE POLICY users_of_tenant ON users FOR SELECT TO tenantry_tenant
USING (EXISTS (SELECT FROM members WHERE members.user_id = users.user_id));
CREATE POLICY users_of_system ON users TO tenantry_system USING (true);

-- A tenant's unit reads what it shows, and no hash. What is the same person elsewhere can only be
-- seen by the system, and so can what a token proves: everything that changes one is its business.
GRANT SELECT (
    user_id, email, email_key, username, first_name, last_name, owner_tenant, created_at, updated_at
) ON users TO tenantry_tenant;
GRANT SELECT ON members TO tenantry_tenant;
GRANT SELECT (
    tenant_id, key_id, name, role, created_at, created_by, expires_at, last_used_at
) ON api_keys TO tenantry_tenant;
GRANT SELECT (tenant_id, session_id, user_id, created_at, expires_at, source) ON sessions
TO tenantry_tenant;
GRANT SELECT, INSERT, UPDATE, DELETE ON users, members, api_keys, sessions TO tenantry_system;
