-- What is collected of the Bluesky network for a tenant, how far, and what it comes to.

-- The records of the network that are collected, each as its latest event left it: one that was
-- deleted keeps its key and rev alone. Their keys begin with a time, so new ones lie side by side.
CREATE TABLE collector_posts (
    tenant_id TEXT NOT NULL,
    rkey TEXT NOT NULL,
    did TEXT NOT NULL,
    rev TEXT NOT NULL,
    at_us INTEGER NOT NULL,
    is_deleted INTEGER NOT NULL,
    cid TEXT,
    created_at TEXT,
    text TEXT,
    langs TEXT,
    reply_did TEXT,
    reply_rkey TEXT,
    root_did TEXT,
    root_rkey TEXT,
    quote_did TEXT,
    quote_rkey TEXT,
    data TEXT,
    PRIMARY KEY (tenant_id, rkey, did)
) STRICT, WITHOUT ROWID;

CREATE TABLE collector_likes (
    tenant_id TEXT NOT NULL,
    rkey TEXT NOT NULL,
    did TEXT NOT NULL,
    rev TEXT NOT NULL,
    at_us INTEGER NOT NULL,
    is_deleted INTEGER NOT NULL,
    cid TEXT,
    created_at TEXT,
    subject_did TEXT,
    subject_rkey TEXT,
    subject_cid TEXT,
    data TEXT,
    PRIMARY KEY (tenant_id, rkey, did)
) STRICT, WITHOUT ROWID;

CREATE TABLE collector_reposts (
    tenant_id TEXT NOT NULL,
    rkey TEXT NOT NULL,
    did TEXT NOT NULL,
    rev TEXT NOT NULL,
    at_us INTEGER NOT NULL,
    is_deleted INTEGER NOT NULL,
    cid TEXT,
    created_at TEXT,
    subject_did TEXT,
    subject_rkey TEXT,
    subject_cid TEXT,
    data TEXT,
    PRIMARY KEY (tenant_id, rkey, did)
) STRICT, WITHOUT ROWID;

CREATE TABLE collector_follows (
    tenant_id TEXT NOT NULL,
    rkey TEXT NOT NULL,
    did TEXT NOT NULL,
    rev TEXT NOT NULL,
    at_us INTEGER NOT NULL,
    is_deleted INTEGER NOT NULL,
    cid TEXT,
    created_at TEXT,
    subject_did TEXT,
    data TEXT,
    PRIMARY KEY (tenant_id, rkey, did)
) STRICT, WITHOUT ROWID;

CREATE TABLE collector_records (
    tenant_id TEXT NOT NULL,
    collection TEXT NOT NULL,
    rkey TEXT NOT NULL,
    did TEXT NOT NULL,
    rev TEXT NOT NULL,
    at_us INTEGER NOT NULL,
    is_deleted INTEGER NOT NULL,
    cid TEXT,
    data TEXT,
    PRIMARY KEY (tenant_id, collection, rkey, did)
) STRICT, WITHOUT ROWID;

-- What is derived of posts that are not deleted, in the order in which they have it.
CREATE TABLE collector_mentions (
    tenant_id TEXT NOT NULL,
    rkey TEXT NOT NULL,
    did TEXT NOT NULL,
    position INTEGER NOT NULL,
    mentioned_did TEXT NOT NULL,
    PRIMARY KEY (tenant_id, rkey, did, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE collector_hashtags (
    tenant_id TEXT NOT NULL,
    rkey TEXT NOT NULL,
    did TEXT NOT NULL,
    position INTEGER NOT NULL,
    tag TEXT NOT NULL,
    PRIMARY KEY (tenant_id, rkey, did, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE collector_links (
    tenant_id TEXT NOT NULL,
    rkey TEXT NOT NULL,
    did TEXT NOT NULL,
    position INTEGER NOT NULL,
    url TEXT NOT NULL,
    domain TEXT NOT NULL,
    PRIMARY KEY (tenant_id, rkey, did, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE collector_media (
    tenant_id TEXT NOT NULL,
    rkey TEXT NOT NULL,
    did TEXT NOT NULL,
    position INTEGER NOT NULL,
    kind TEXT NOT NULL,
    alt TEXT NOT NULL,
    mime TEXT,
    cid TEXT,
    width INTEGER,
    height INTEGER,
    PRIMARY KEY (tenant_id, rkey, did, position)
) STRICT, WITHOUT ROWID;

-- What live records come to: by post, by hour and author, by user followed, by hour and collection.
CREATE TABLE collector_engagement (
    tenant_id TEXT NOT NULL,
    rkey TEXT NOT NULL,
    did TEXT NOT NULL,
    likes INTEGER NOT NULL,
    reposts INTEGER NOT NULL,
    replies INTEGER NOT NULL,
    quotes INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, rkey, did)
) STRICT, WITHOUT ROWID;

CREATE TABLE collector_author_hours (
    tenant_id TEXT NOT NULL,
    hour INTEGER NOT NULL,
    did TEXT NOT NULL,
    posts INTEGER NOT NULL,
    likes INTEGER NOT NULL,
    reposts INTEGER NOT NULL,
    replies INTEGER NOT NULL,
    quotes INTEGER NOT NULL,
    followers INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, hour, did)
) STRICT, WITHOUT ROWID;

CREATE TABLE collector_followed (
    tenant_id TEXT NOT NULL,
    did TEXT NOT NULL,
    followers INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, did)
) STRICT, WITHOUT ROWID;

CREATE TABLE collector_hours (
    tenant_id TEXT NOT NULL,
    hour INTEGER NOT NULL,
    collection TEXT NOT NULL,
    records INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, hour, collection)
) STRICT, WITHOUT ROWID;

-- Whoever has written anything, by the latest identity and account events.
CREATE TABLE collector_users (
    tenant_id TEXT NOT NULL,
    did TEXT NOT NULL,
    handle TEXT,
    identity_at_us INTEGER NOT NULL,
    is_active INTEGER NOT NULL,
    status TEXT NOT NULL,
    account_at_us INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, did)
) STRICT, WITHOUT ROWID;

CREATE INDEX collector_users_hidden ON collector_users (tenant_id, did) WHERE is_active = 0;

-- How far the stream is stored, which stretches of it, and what may be missing.
CREATE TABLE collector_cursors (
    tenant_id TEXT NOT NULL,
    host TEXT NOT NULL,
    wire TEXT NOT NULL,
    time_us INTEGER NOT NULL,
    seq INTEGER,
    PRIMARY KEY (tenant_id, host, wire)
) STRICT, WITHOUT ROWID;

CREATE TABLE collector_covered (
    tenant_id TEXT NOT NULL,
    id INTEGER NOT NULL,
    host TEXT NOT NULL,
    wire TEXT NOT NULL,
    from_us INTEGER NOT NULL,
    until_us INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE collector_gaps (
    tenant_id TEXT NOT NULL,
    id INTEGER NOT NULL,
    collection TEXT NOT NULL,
    host TEXT NOT NULL,
    from_us INTEGER NOT NULL,
    until_us INTEGER NOT NULL,
    reason TEXT NOT NULL,
    state TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    closed_at INTEGER,
    closed_by TEXT,
    PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;

-- How fast collections come, what came of them, and what was no event.
CREATE TABLE collector_paces (
    tenant_id TEXT NOT NULL,
    collection TEXT NOT NULL,
    events INTEGER NOT NULL,
    rate REAL NOT NULL,
    last_us INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, collection)
) STRICT, WITHOUT ROWID;

CREATE TABLE collector_figures (
    tenant_id TEXT NOT NULL,
    collection TEXT NOT NULL,
    events INTEGER NOT NULL,
    stored INTEGER NOT NULL,
    duplicates INTEGER NOT NULL,
    deletes INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, collection)
) STRICT, WITHOUT ROWID;

CREATE TABLE collector_dead_letters (
    tenant_id TEXT NOT NULL,
    id INTEGER NOT NULL,
    at INTEGER NOT NULL,
    host TEXT NOT NULL,
    reason TEXT NOT NULL,
    size INTEGER NOT NULL,
    frame BLOB NOT NULL,
    PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;

-- Whether a tenant wants its stream collected, and what those say who do it.
CREATE TABLE collector_switches (
    tenant_id TEXT NOT NULL,
    is_on INTEGER NOT NULL,
    at INTEGER,
    by TEXT,
    PRIMARY KEY (tenant_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE collector_pulses (
    tenant_id TEXT NOT NULL,
    node TEXT NOT NULL,
    at INTEGER NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (tenant_id, node)
) STRICT, WITHOUT ROWID;

-- Runs of strategies: how far each is, what it has still to ask, and whom or what it has found.
CREATE TABLE collector_runs (
    tenant_id TEXT NOT NULL,
    id TEXT NOT NULL,
    strategy TEXT NOT NULL,
    params TEXT NOT NULL,
    status TEXT NOT NULL,
    state TEXT NOT NULL,
    requests INTEGER NOT NULL,
    reserved INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    waiting_until INTEGER,
    notes TEXT NOT NULL,
    error TEXT,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    started_at INTEGER,
    finished_at INTEGER,
    PRIMARY KEY (tenant_id, id)
) STRICT;
CREATE INDEX collector_runs_by_time ON collector_runs (tenant_id, created_at, id);
CREATE INDEX collector_runs_under_way ON collector_runs (tenant_id, created_at, id)
WHERE finished_at IS NULL;

CREATE TABLE collector_frontier (
    tenant_id TEXT NOT NULL,
    run_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    degree INTEGER NOT NULL,
    cursor TEXT,
    pages INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, run_id, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE collector_found (
    tenant_id TEXT NOT NULL,
    run_id TEXT NOT NULL,
    key TEXT NOT NULL,
    number INTEGER NOT NULL,
    did TEXT NOT NULL,
    handle TEXT,
    uri TEXT,
    status TEXT NOT NULL,
    degree INTEGER NOT NULL,
    via TEXT NOT NULL,
    followers_count INTEGER,
    follows_count INTEGER,
    posts_count INTEGER,
    PRIMARY KEY (tenant_id, run_id, key)
) STRICT;
CREATE UNIQUE INDEX collector_found_in_order
ON collector_found (tenant_id, run_id, status, number);
