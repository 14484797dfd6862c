-- What each client is now, as its stream says: a copy that spares reading that, and can be made anew
-- from it. `version` is the stream's version that it is a copy of.

CREATE TABLE clients (
    tenant_id TEXT NOT NULL,
    client_key TEXT NOT NULL,
    version INTEGER NOT NULL,
    state BLOB NOT NULL,
    users TEXT NOT NULL,
    PRIMARY KEY (tenant_id, client_key)
) STRICT, WITHOUT ROWID;
