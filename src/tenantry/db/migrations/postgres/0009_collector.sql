-- What is collected of the Bluesky network for a tenant, how far, and what it comes to.

-- The records of the network that are collected, each as its latest event left it: one that was
-- deleted keeps its key and rev alone. Their keys begin with a time, so new ones lie side by side.
CREATE TABLE collector_posts (
    tenant_id text COLLATE "C" NOT NULL,
    rkey text COLLATE "C" NOT NULL,
    did text COLLATE "C" NOT NULL,
    rev text COLLATE "C" NOT NULL,
    at_us bigint NOT NULL,
    is_deleted bigint NOT NULL,
    cid text COLLATE "C",
    created_at text COLLATE "C",
    text text COLLATE "C",
    langs text COLLATE "C",
    reply_did text COLLATE "C",
    reply_rkey text COLLATE "C",
    root_did text COLLATE "C",
    root_rkey text COLLATE "C",
    quote_did text COLLATE "C",
    quote_rkey text COLLATE "C",
    data text COLLATE "C",
    PRIMARY KEY (tenant_id, rkey, did)
);

CREATE TABLE collector_likes (
    tenant_id text COLLATE "C" NOT NULL,
    rkey text COLLATE "C" NOT NULL,
    did text COLLATE "C" NOT NULL,
    rev text COLLATE "C" NOT NULL,
    at_us bigint NOT NULL,
    is_deleted bigint NOT NULL,
    cid text COLLATE "C",
    created_at text COLLATE "C",
    subject_did text COLLATE "C",
    subject_rkey text COLLATE "C",
    subject_cid text COLLATE "C",
    data text COLLATE "C",
    PRIMARY KEY (tenant_id, rkey, did)
);

CREATE TABLE collector_reposts (
    tenant_id text COLLATE "C" NOT NULL,
    rkey text COLLATE "C" NOT NULL,
    did text COLLATE "C" NOT NULL,
    rev text COLLATE "C" NOT NULL,
    at_us bigint NOT NULL,
    is_deleted bigint NOT NULL,
    cid text COLLATE "C",
    created_at text COLLATE "C",
    subject_did text COLLATE "C",
    subject_rkey text COLLATE "C",
    subject_cid text COLLATE "C",
    data text COLLATE "C",
    PRIMARY KEY (tenant_id, rkey, did)
);

CREATE TABLE collector_follows (
    tenant_id text COLLATE "C" NOT NULL,
    rkey text COLLATE "C" NOT NULL,
    did text COLLATE "C" NOT NULL,
    rev text COLLATE "C" NOT NULL,
    at_us bigint NOT NULL,
    is_deleted bigint NOT NULL,
    cid text COLLATE "C",
    created_at text COLLATE "C",
    subject_did text COLLATE "C",
    data text COLLATE "C",
    PRIMARY KEY (tenant_id, rkey, did)
);

CREATE TABLE collector_records (
    tenant_id text COLLATE "C" NOT NULL,
    collection text COLLATE "C" NOT NULL,
    rkey text COLLATE "C" NOT NULL,
    did text COLLATE "C" NOT NULL,
    rev text COLLATE "C" NOT NULL,
    at_us bigint NOT NULL,
    is_deleted bigint NOT NULL,
    cid text COLLATE "C",
    data text COLLATE "C",
    PRIMARY KEY (tenant_id, collection, rkey, did)
);

-- What is derived of posts that are not deleted, in the order in which they have it.
CREATE TABLE collector_mentions (
    tenant_id text COLLATE "C" NOT NULL,
    rkey text COLLATE "C" NOT NULL,
    did text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    mentioned_did text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, rkey, did, position)
);

CREATE TABLE collector_hashtags (
    tenant_id text COLLATE "C" NOT NULL,
    rkey text COLLATE "C" NOT NULL,
    did text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    tag text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, rkey, did, position)
);

CREATE TABLE collector_links (
    tenant_id text COLLATE "C" NOT NULL,
    rkey text COLLATE "C" NOT NULL,
    did text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    url text COLLATE "C" NOT NULL,
    domain text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, rkey, did, position)
);

CREATE TABLE collector_media (
    tenant_id text COLLATE "C" NOT NULL,
    rkey text COLLATE "C" NOT NULL,
    did text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    kind text COLLATE "C" NOT NULL,
    alt text COLLATE "C" NOT NULL,
    mime text COLLATE "C",
    cid text COLLATE "C",
    width bigint,
    height bigint,
    PRIMARY KEY (tenant_id, rkey, did, position)
);

-- What live records come to: by post, by hour and author, by user followed, by hour and collection.
CREATE TABLE collector_engagement (
    tenant_id text COLLATE "C" NOT NULL,
    rkey text COLLATE "C" NOT NULL,
    did text COLLATE "C" NOT NULL,
    likes bigint NOT NULL,
    reposts bigint NOT NULL,
    replies bigint NOT NULL,
    quotes bigint NOT NULL,
    PRIMARY KEY (tenant_id, rkey, did)
);

CREATE TABLE collector_author_hours (
    tenant_id text COLLATE "C" NOT NULL,
    hour bigint NOT NULL,
    did text COLLATE "C" NOT NULL,
    posts bigint NOT NULL,
    likes bigint NOT NULL,
    reposts bigint NOT NULL,
    replies bigint NOT NULL,
    quotes bigint NOT NULL,
    followers bigint NOT NULL,
    PRIMARY KEY (tenant_id, hour, did)
);

CREATE TABLE collector_followed (
    tenant_id text COLLATE "C" NOT NULL,
    did text COLLATE "C" NOT NULL,
    followers bigint NOT NULL,
    PRIMARY KEY (tenant_id, did)
);

CREATE TABLE collector_hours (
    tenant_id text COLLATE "C" NOT NULL,
    hour bigint NOT NULL,
    collection text COLLATE "C" NOT NULL,
    records bigint NOT NULL,
    PRIMARY KEY (tenant_id, hour, collection)
);

-- Whoever has written anything, by the latest identity and account events.
CREATE TABLE collector_users (
    tenant_id text COLLATE "C" NOT NULL,
    did text COLLATE "C" NOT NULL,
    handle text COLLATE "C",
    identity_at_us bigint NOT NULL,
    is_active bigint NOT NULL,
    status text COLLATE "C" NOT NULL,
    account_at_us bigint NOT NULL,
    PRIMARY KEY (tenant_id, did)
);

CREATE INDEX collector_users_hidden ON collector_users (tenant_id, did) WHERE is_active = 0;

-- How far the stream is stored, which stretches of it, and what may be missing.
CREATE TABLE collector_cursors (
    tenant_id text COLLATE "C" NOT NULL,
    host text COLLATE "C" NOT NULL,
    wire text COLLATE "C" NOT NULL,
    time_us bigint NOT NULL,
    seq bigint,
    PRIMARY KEY (tenant_id, host, wire)
);

CREATE TABLE collector_covered (
    tenant_id text COLLATE "C" NOT NULL,
    id bigint NOT NULL,
    host text COLLATE "C" NOT NULL,
    wire text COLLATE "C" NOT NULL,
    from_us bigint NOT NULL,
    until_us bigint NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

CREATE TABLE collector_gaps (
    tenant_id text COLLATE "C" NOT NULL,
    id bigint NOT NULL,
    collection text COLLATE "C" NOT NULL,
    host text COLLATE "C" NOT NULL,
    from_us bigint NOT NULL,
    until_us bigint NOT NULL,
    reason text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    opened_at bigint NOT NULL,
    closed_at bigint,
    closed_by text COLLATE "C",
    PRIMARY KEY (tenant_id, id)
);

-- How fast collections come, what came of them, and what was no event.
CREATE TABLE collector_paces (
    tenant_id text COLLATE "C" NOT NULL,
    collection text COLLATE "C" NOT NULL,
    events bigint NOT NULL,
    rate double precision NOT NULL,
    last_us bigint NOT NULL,
    PRIMARY KEY (tenant_id, collection)
);

CREATE TABLE collector_figures (
    tenant_id text COLLATE "C" NOT NULL,
    collection text COLLATE "C" NOT NULL,
    events bigint NOT NULL,
    stored bigint NOT NULL,
    duplicates bigint NOT NULL,
    deletes bigint NOT NULL,
    PRIMARY KEY (tenant_id, collection)
);

CREATE TABLE collector_dead_letters (
    tenant_id text COLLATE "C" NOT NULL,
    id bigint NOT NULL,
    at bigint NOT NULL,
    host text COLLATE "C" NOT NULL,
    reason text COLLATE "C" NOT NULL,
    size bigint NOT NULL,
    frame bytea NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

-- Whether a tenant wants its stream collected, and what those say who do it.
CREATE TABLE collector_switches (
    tenant_id text COLLATE "C" NOT NULL,
    is_on bigint NOT NULL,
    at bigint,
    by text COLLATE "C",
    PRIMARY KEY (tenant_id)
);

CREATE TABLE collector_pulses (
    tenant_id text COLLATE "C" NOT NULL,
    node text COLLATE "C" NOT NULL,
    at bigint NOT NULL,
    data text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, node)
);

ALTER TABLE collector_posts ENABLE ROW LEVEL SECURITY;
ALTER TABLE collector_posts FORCE ROW LEVEL SECURITY;
ALTER TABLE collector_likes ENABLE ROW LEVEL SECURITY;
ALTER TABLE collector_likes FORCE ROW LEVEL SECURITY;
ALTER TABLE collector_reposts ENABLE ROW LEVEL SECURITY;
ALTER TABLE collector_reposts FORCE ROW LEVEL SECURITY;
ALTER TABLE collector_follows ENABLE ROW LEVEL SECURITY;
ALTER TABLE collector_follows FORCE ROW LEVEL SECURITY;
ALTER TABLE collector_records ENABLE ROW LEVEL SECURITY;
ALTER TABLE collector_records FORCE ROW LEVEL SECURITY;
ALTER TABLE collector_mentions ENABLE ROW LEVEL SECURITY;
ALTER TABLE collector_mentions FORCE ROW LEVEL SECURITY;
ALTER TABLE collector_hashtags ENABLE ROW LEVEL SECURITY;
ALTER TABLE collector_hashtags FORCE ROW LEVEL SECURITY;
ALTER TABLE collector_links ENABLE ROW LEVEL SECURITY;
ALTER TABLE collector_links FORCE ROW LEVEL SECURITY;
ALTER TABLE collector_media ENABLE ROW LEVEL SECURITY;
ALTER TABLE collector_media FORCE ROW LEVEL SECURITY;
ALTER TABLE collector_engagement ENABLE ROW LEVEL SECURITY;
ALTER TABLE collector_engagement FORCE ROW LEVEL SECURITY;
ALTER TABLE collector_author_hours ENABLE ROW LEVEL SECURITY;
ALTER TABLE collector_author_hours FORCE ROW LEVEL SECURITY;
ALTER TABLE collector_followed ENABLE ROW LEVEL SECURITY;
ALTER TABLE collector_followed FORCE ROW LEVEL SECURITY;
ALTER TABLE collector_hours ENABLE ROW LEVEL SECURITY;
ALTER TABLE collector_hours FORCE ROW LEVEL SECURITY;
ALTER TABLE collector_users ENABLE ROW LEVEL SECURITY;
ALTER TABLE collector_users FORCE ROW LEVEL SECURITY;
ALTER TABLE collector_cursors ENABLE ROW LEVEL SECURITY;
ALTER TABLE collector_cursors FORCE ROW LEVEL SECURITY;
ALTER TABLE collector_covered ENABLE ROW LEVEL SECURITY;
ALTER TABLE collector_covered FORCE ROW LEVEL SECURITY;
ALTER TABLE collector_gaps ENABLE ROW LEVEL SECURITY;
ALTER TABLE collector_gaps FORCE ROW LEVEL SECURITY;
ALTER TABLE collector_paces ENABLE ROW LEVEL SECURITY;
ALTER TABLE collector_paces FORCE ROW LEVEL SECURITY;
ALTER TABLE collector_figures ENABLE ROW LEVEL SECURITY;
ALTER TABLE collector_figures FORCE ROW LEVEL SECURITY;
ALTER TABLE collector_dead_letters ENABLE ROW LEVEL SECURITY;
ALTER TABLE collector_dead_letters FORCE ROW LEVEL SECURITY;
ALTER TABLE collector_switches ENABLE ROW LEVEL SECURITY;
ALTER TABLE collector_switches FORCE ROW LEVEL SECURITY;
ALTER TABLE collector_pulses ENABLE ROW LEVEL SECURITY;
ALTER TABLE collector_pulses FORCE ROW LEVEL SECURITY;

CREATE POLICY collector_posts_of_tenant ON collector_posts TO tenantry_tenant
USING (tenant_id = current_setting('tenantry.tenant_id', true));
CREATE POLICY collector_posts_of_system ON collector_posts TO tenantry_system USING (true);
CREATE POLICY collector_likes_of_tenant ON collector_likes TO tenantry_tenant
USING (tenant_id = current_setting('tenantry.tenant_id', true));
CREATE POLICY collector_likes_of_system ON collector_likes TO tenantry_system USING (true);
CREATE POLICY collector_reposts_of_tenant ON collector_reposts TO tenantry_tenant
USING (tenant_id = current_setting('tenantry.tenant_id', true));
CREATE POLICY collector_reposts_of_system ON collector_reposts TO tenantry_system USING (true);
CREATE POLICY collector_follows_of_tenant ON collector_follows TO tenantry_tenant
USING (tenant_id = current_setting('tenantry.tenant_id', true));
CREATE POLICY collector_follows_of_system ON collector_follows TO tenantry_system USING (true);
CREATE POLICY collector_records_of_tenant ON collector_records TO tenantry_tenant
USING (tenant_id = current_setting('tenantry.tenant_id', true));
CREATE POLICY collector_records_of_system ON collector_records TO tenantry_system USING (true);
CREATE POLICY collector_mentions_of_tenant ON collector_mentions TO tenantry_tenant
USING (tenant_id = current_setting('tenantry.tenant_id', true));
CREATE POLICY collector_mentions_of_system ON collector_mentions TO tenantry_system USING (true);
CREATE POLICY collector_hashtags_of_tenant ON collector_hashtags TO tenantry_tenant
USING (tenant_id = current_setting('tenantry.tenant_id', true));
CREATE POLICY collector_hashtags_of_system ON collector_hashtags TO tenantry_system USING (true);
CREATE POLICY collector_links_of_tenant ON collector_links TO tenantry_tenant
USING (tenant_id = current_setting('tenantry.tenant_id', true));
CREATE POLICY collector_links_of_system ON collector_links TO tenantry_system USING (true);
CREATE POLICY collector_media_of_tenant ON collector_media TO tenantry_tenant
USING (tenant_id = current_setting('tenantry.tenant_id', true));
CREATE POLICY collector_media_of_system ON collector_media TO tenantry_system USING (true);
CREATE POLICY collector_engagement_of_tenant ON collector_engagement TO tenantry_tenant
USING (tenant_id = current_setting('tenantry.tenant_id', true));
CREATE POLICY collector_engagement_of_system ON collector_engagement TO tenantry_system
USING (true);
CREATE POLICY collector_author_hours_of_tenant ON collector_author_hours TO tenantry_tenant
USING (tenant_id = current_setting('tenantry.tenant_id', true));
CREATE POLICY collector_author_hours_of_system ON collector_author_hours TO tenantry_system
USING (true);
CREATE POLICY collector_followed_of_tenant ON collector_followed TO tenantry_tenant
USING (tenant_id = current_setting('tenantry.tenant_id', true));
CREATE POLICY collector_followed_of_system ON collector_followed TO tenantry_system USING (true);
CREATE POLICY collector_hours_of_tenant ON collector_hours TO tenantry_tenant
USING (tenant_id = current_setting('tenantry.tenant_id', true));
CREATE POLICY collector_hours_of_system ON collector_hours TO tenantry_system USING (true);
CREATE POLICY collector_users_of_tenant ON collector_users TO tenantry_tenant
USING (tenant_id = current_setting('tenantry.tenant_id', true));
CREATE POLICY collector_users_of_system ON collector_users TO tenantry_system USING (true);
CREATE POLICY collector_cursors_of_tenant ON collector_cursors TO tenantry_tenant
USING (tenant_id = current_setting('tenantry.tenant_id', true));
CREATE POLICY collector_cursors_of_system ON collector_cursors TO tenantry_system USING (true);
CREATE POLICY collector_covered_of_tenant ON collector_covered TO tenantry_tenant
USING (tenant_id = current_setting('tenantry.tenant_id', true));
CREATE POLICY collector_covered_of_system ON collector_covered TO tenantry_system USING (true);
CREATE POLICY collector_gaps_of_tenant ON collector_gaps TO tenantry_tenant
USING (tenant_id = current_setting('tenantry.tenant_id', true));
CREATE POLICY collector_gaps_of_system ON collector_gaps TO tenantry_system USING (true);
CREATE POLICY collector_paces_of_tenant ON collector_paces TO tenantry_tenant
USING (tenant_id = current_setting('tenantry.tenant_id', true));
CREATE POLICY collector_paces_of_system ON collector_paces TO tenantry_system USING (true);
CREATE POLICY collector_figures_of_tenant ON collector_figures TO tenantry_tenant
USING (tenant_id = current_setting('tenantry.tenant_id', true));
CREATE POLICY collector_figures_of_system ON collector_figures TO tenantry_system USING (true);
CREATE POLICY collector_dead_letters_of_tenant ON collector_dead_letters TO tenantry_tenant
USING (tenant_id = current_setting('tenantry.tenant_id', true));
CREATE POLICY collector_dead_letters_of_system ON collector_dead_letters TO tenantry_system
USING (true);
CREATE POLICY collector_switches_of_tenant ON collector_switches TO tenantry_tenant
USING (tenant_id = current_setting('tenantry.tenant_id', true));
CREATE POLICY collector_switches_of_system ON collector_switches TO tenantry_system USING (true);
CREATE POLICY collector_pulses_of_tenant ON collector_pulses TO tenantry_tenant
USING (tenant_id = current_setting('tenantry.tenant_id', true));
CREATE POLICY collector_pulses_of_system ON collector_pulses TO tenantry_system USING (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON
collector_posts, collector_likes, collector_reposts, collector_follows, collector_records,
collector_mentions, collector_hashtags, collector_links, collector_media, collector_engagement,
collector_author_hours, collector_followed, collector_hours, collector_users, collector_cursors,
collector_covered, collector_gaps, collector_paces, collector_figures, collector_dead_letters,
collector_switches, collector_pulses
TO tenantry_tenant, tenantry_system;

-- Runs of strategies: how far each is, what it has still to ask, and whom or what it has found.
CREATE TABLE collector_runs (
    tenant_id text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    strategy text COLLATE "C" NOT NULL,
    params text COLLATE "C" NOT NULL,
    status text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    requests bigint NOT NULL,
    reserved bigint NOT NULL,
    attempts bigint NOT NULL,
    waiting_until bigint,
    notes text COLLATE "C" NOT NULL,
    error text COLLATE "C",
    created_at bigint NOT NULL,
    created_by text COLLATE "C" NOT NULL,
    started_at bigint,
    finished_at bigint,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX collector_runs_by_time ON collector_runs (tenant_id, created_at, id);
CREATE INDEX collector_runs_under_way ON collector_runs (tenant_id, created_at, id)
WHERE finished_at IS NULL;

CREATE TABLE collector_frontier (
    tenant_id text COLLATE "C" NOT NULL,
    run_id text COLLATE "C" NOT NULL,
    seq bigint NOT NULL,
    kind text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    degree bigint NOT NULL,
    cursor text COLLATE "C",
    pages bigint NOT NULL,
    PRIMARY KEY (tenant_id, run_id, seq)
);

CREATE TABLE collector_found (
    tenant_id text COLLATE "C" NOT NULL,
    run_id text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    number bigint NOT NULL,
    did text COLLATE "C" NOT NULL,
    handle text COLLATE "C",
    uri text COLLATE "C",
    status text COLLATE "C" NOT NULL,
    degree bigint NOT NULL,
    via text COLLATE "C" NOT NULL,
    followers_count bigint,
    follows_count bigint,
    posts_count bigint,
    PRIMARY KEY (tenant_id, run_id, key)
);
CREATE UNIQUE INDEX collector_found_in_order
ON collector_found (tenant_id, run_id, status, number);

ALTER TABLE collector_runs ENABLE ROW LEVEL SECURITY;
ALTER TABLE collector_runs FORCE ROW LEVEL SECURITY;
ALTER TABLE collector_frontier ENABLE ROW LEVEL SECURITY;
ALTER TABLE collector_frontier FORCE ROW LEVEL SECURITY;
ALTER TABLE collector_found ENABLE ROW LEVEL SECURITY;
ALTER TABLE collector_found FORCE ROW LEVEL SECURITY;

CREATE POLICY collector_runs_of_tenant ON collector_runs TO tenantry_tenant
USING (tenant_id = current_setting('tenantry.tenant_id', true));
CREATE POLICY collector_runs_of_system ON collector_runs TO tenantry_system USING (true);
CREATE POLICY collector_frontier_of_tenant ON collector_frontier TO tenantry_tenant
USING (tenant_id = current_setting('tenantry.tenant_id', true));
CREATE POLICY collector_frontier_of_system ON collector_frontier TO tenantry_system USING (true);
CREATE POLICY collector_found_of_tenant ON collector_found TO tenantry_tenant
USING (tenant_id = current_setting('tenantry.tenant_id', true));
CREATE POLICY collector_found_of_system ON collector_found TO tenantry_system USING (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON collector_runs, collector_frontier, collector_found
TO tenantry_tenant, tenantry_system;
