-- What nodes share of the reliability kit: leases of rates, and operators' overrides of breakers.
-- No tenant's unit has any business here: only the system's role is granted anything.

-- Unlogged: what a crash loses is tokens of the present minute, and every lease is a write.
CREATE UNLOGGED TABLE allowances (
    limiter text COLLATE "C" NOT NULL,
    bucket text COLLATE "C" NOT NULL,
    window_number bigint NOT NULL,
    leased bigint NOT NULL,
    granted bigint NOT NULL,
    leased_at bigint NOT NULL,
    PRIMARY KEY (limiter, bucket)
);

CREATE TABLE breaker_overrides (
    breaker text COLLATE "C" NOT NULL PRIMARY KEY,
    override text COLLATE "C" CHECK (override IN ('open', 'closed', 'disabled')),
    expires_at bigint,
    reason text NOT NULL,
    set_by text COLLATE "C" NOT NULL,
    set_at bigint NOT NULL
);

GRANT SELECT, INSERT, UPDATE, DELETE ON allowances, breaker_overrides TO tenantry_system;
