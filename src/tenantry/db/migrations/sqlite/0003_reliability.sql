-- What nodes share of the reliability kit: leases of rates, and operators' overrides of breakers.

CREATE TABLE allowances (
    limiter TEXT NOT NULL,
    bucket TEXT NOT NULL,
    window_number INTEGER NOT NULL,
    leased INTEGER NOT NULL,
    granted INTEGER NOT NULL,
    leased_at INTEGER NOT NULL,
    PRIMARY KEY (limiter, bucket)
) STRICT, WITHOUT ROWID;

CREATE TABLE breaker_overrides (
    breaker TEXT NOT NULL PRIMARY KEY,
    override TEXT CHECK (override IN ('open', 'closed', 'disabled')),
    expires_at INTEGER,
    reason TEXT NOT NULL,
    set_by TEXT NOT NULL,
    set_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
