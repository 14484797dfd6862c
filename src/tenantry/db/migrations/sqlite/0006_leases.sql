-- Who alone may do something for a while. `token` rises with each new holder and never falls, so
-- what an earlier holder still writes can be refused.

CREATE TABLE leases (
    name TEXT NOT NULL PRIMARY KEY,
    holder TEXT NOT NULL,
    token INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
