-- name: lock_collected(tenant_id)$
-- Whoever looks at records to write them does it alone; on SQLite every writer does.
SELECT pg_advisory_xact_lock(hashtextextended(:tenant_id, 9));

-- name: write_posts(tenant_id, rows)!
INSERT INTO collector_posts (
    tenant_id, rkey, did, rev, at_us, is_deleted, cid, created_at, text, langs, reply_did,
    reply_rkey, root_did, root_rkey, quote_did, quote_rkey, data
)
SELECT
    :tenant_id, each.value ->> 0, each.value ->> 1, each.value ->> 2,
    CAST(each.value ->> 3 AS bigint), CAST(each.value ->> 4 AS bigint), each.value ->> 5,
    each.value ->> 6, each.value ->> 7, each.value ->> 8, each.value ->> 9, each.value ->> 10,
    each.value ->> 11, each.value ->> 12, each.value ->> 13, each.value ->> 14, each.value ->> 15
FROM jsonb_array_elements(CAST(:rows AS jsonb)) AS each (value)
ON CONFLICT (tenant_id, rkey, did) DO UPDATE SET
    rev = excluded.rev, at_us = excluded.at_us, is_deleted = excluded.is_deleted,
    cid = excluded.cid, created_at = excluded.created_at, text = excluded.text,
    langs = excluded.langs, reply_did = excluded.reply_did, reply_rkey = excluded.reply_rkey,
    root_did = excluded.root_did, root_rkey = excluded.root_rkey, quote_did = excluded.quote_did,
    quote_rkey = excluded.quote_rkey, data = excluded.data
WHERE excluded.rev >= collector_posts.rev;

-- name: write_likes(tenant_id, rows)!
INSERT INTO collector_likes (
    tenant_id, rkey, did, rev, at_us, is_deleted, cid, created_at, subject_did, subject_rkey,
    subject_cid, data
)
SELECT
    :tenant_id, each.value ->> 0, each.value ->> 1, each.value ->> 2,
    CAST(each.value ->> 3 AS bigint), CAST(each.value ->> 4 AS bigint), each.value ->> 5,
    each.value ->> 6, each.value ->> 7, each.value ->> 8, each.value ->> 9, each.value ->> 10
FROM jsonb_array_elements(CAST(:rows AS jsonb)) AS each (value)
ON CONFLICT (tenant_id, rkey, did) DO UPDATE SET
    rev = excluded.rev, at_us = excluded.at_us, is_deleted = excluded.is_deleted,
    cid = excluded.cid, created_at = excluded.created_at, subject_did = excluded.subject_did,
    subject_rkey = excluded.subject_rkey, subject_cid = excluded.subject_cid, data = excluded.data
WHERE excluded.rev >= collector_likes.rev;

-- name: write_reposts(tenant_id, rows)!
INSERT INTO collector_reposts (
    tenant_id, rkey, did, rev, at_us, is_deleted, cid, created_at, subject_did, subject_rkey,
    subject_cid, data
)
SELECT
    :tenant_id, each.value ->> 0, each.value ->> 1, each.value ->> 2,
    CAST(each.value ->> 3 AS bigint), CAST(each.value ->> 4 AS bigint), each.value ->> 5,
    each.value ->> 6, each.value ->> 7, each.value ->> 8, each.value ->> 9, each.value ->> 10
FROM jsonb_array_elements(CAST(:rows AS jsonb)) AS each (value)
ON CONFLICT (tenant_id, rkey, did) DO UPDATE SET
    rev = excluded.rev, at_us = excluded.at_us, is_deleted = excluded.is_deleted,
    cid = excluded.cid, created_at = excluded.created_at, subject_did = excluded.subject_did,
    subject_rkey = excluded.subject_rkey, subject_cid = excluded.subject_cid, data = excluded.data
WHERE excluded.rev >= collector_reposts.rev;

-- name: write_follows(tenant_id, rows)!
INSERT INTO collector_follows (
    tenant_id, rkey, did, rev, at_us, is_deleted, cid, created_at, subject_did, data
)
SELECT
    :tenant_id, each.value ->> 0, each.value ->> 1, each.value ->> 2,
    CAST(each.value ->> 3 AS bigint), CAST(each.value ->> 4 AS bigint), each.value ->> 5,
    each.value ->> 6, each.value ->> 7, each.value ->> 8
FROM jsonb_array_elements(CAST(:rows AS jsonb)) AS each (value)
ON CONFLICT (tenant_id, rkey, did) DO UPDATE SET
    rev = excluded.rev, at_us = excluded.at_us, is_deleted = excluded.is_deleted,
    cid = excluded.cid, created_at = excluded.created_at, subject_did = excluded.subject_did,
    data = excluded.data
WHERE excluded.rev >= collector_follows.rev;

-- name: write_records(tenant_id, rows)!
INSERT INTO collector_records (
    tenant_id, collection, rkey, did, rev, at_us, is_deleted, cid, data
)
SELECT
    :tenant_id, each.value ->> 0, each.value ->> 1, each.value ->> 2, each.value ->> 3,
    CAST(each.value ->> 4 AS bigint), CAST(each.value ->> 5 AS bigint), each.value ->> 6,
    each.value ->> 7
FROM jsonb_array_elements(CAST(:rows AS jsonb)) AS each (value)
ON CONFLICT (tenant_id, collection, rkey, did) DO UPDATE SET
    rev = excluded.rev, at_us = excluded.at_us, is_deleted = excluded.is_deleted,
    cid = excluded.cid, data = excluded.data
WHERE excluded.rev >= collector_records.rev;

-- name: known_posts(tenant_id, keys)
SELECT
    known.rkey, known.did, known.rev, known.at_us, known.is_deleted, known.reply_did,
    known.reply_rkey, known.quote_did, known.quote_rkey
FROM jsonb_array_elements(CAST(:keys AS jsonb)) AS each (value)
CROSS JOIN LATERAL (
    SELECT *
    FROM collector_posts
    WHERE tenant_id = :tenant_id AND rkey = each.value ->> 0 AND did = each.value ->> 1
    OFFSET 0
) AS known;

-- name: known_likes(tenant_id, keys)
SELECT
    known.rkey, known.did, known.rev, known.at_us, known.is_deleted, known.subject_did,
    known.subject_rkey
FROM jsonb_array_elements(CAST(:keys AS jsonb)) AS each (value)
CROSS JOIN LATERAL (
    SELECT *
    FROM collector_likes
    WHERE tenant_id = :tenant_id AND rkey = each.value ->> 0 AND did = each.value ->> 1
    OFFSET 0
) AS known;

-- name: known_reposts(tenant_id, keys)
SELECT
    known.rkey, known.did, known.rev, known.at_us, known.is_deleted, known.subject_did,
    known.subject_rkey
FROM jsonb_array_elements(CAST(:keys AS jsonb)) AS each (value)
CROSS JOIN LATERAL (
    SELECT *
    FROM collector_reposts
    WHERE tenant_id = :tenant_id AND rkey = each.value ->> 0 AND did = each.value ->> 1
    OFFSET 0
) AS known;

-- name: known_follows(tenant_id, keys)
SELECT
    known.rkey, known.did, known.rev, known.at_us, known.is_deleted, known.subject_did
FROM jsonb_array_elements(CAST(:keys AS jsonb)) AS each (value)
CROSS JOIN LATERAL (
    SELECT *
    FROM collector_follows
    WHERE tenant_id = :tenant_id AND rkey = each.value ->> 0 AND did = each.value ->> 1
    OFFSET 0
) AS known;

-- name: known_records(tenant_id, keys)
SELECT
    known.collection, known.rkey, known.did, known.rev, known.at_us, known.is_deleted
FROM jsonb_array_elements(CAST(:keys AS jsonb)) AS each (value)
CROSS JOIN LATERAL (
    SELECT *
    FROM collector_records
    WHERE tenant_id = :tenant_id AND collection = each.value ->> 0
        AND rkey = each.value ->> 1 AND did = each.value ->> 2
    OFFSET 0
) AS known;

-- name: known_users(tenant_id, keys)
SELECT known.did, known.identity_at_us, known.account_at_us
FROM jsonb_array_elements(CAST(:keys AS jsonb)) AS each (value)
CROSS JOIN LATERAL (
    SELECT *
    FROM collector_users
    WHERE tenant_id = :tenant_id AND did = each.value ->> 0
    OFFSET 0
) AS known;

-- name: insert_mentions(tenant_id, rows)!
INSERT INTO collector_mentions (
    tenant_id, rkey, did, position, mentioned_did
)
SELECT
    :tenant_id, each.value ->> 0, each.value ->> 1, CAST(each.value ->> 2 AS bigint),
    each.value ->> 3
FROM jsonb_array_elements(CAST(:rows AS jsonb)) AS each (value);

-- name: delete_mentions(tenant_id, keys)!
DELETE FROM collector_mentions
WHERE tenant_id = :tenant_id AND (rkey, did) IN (
    SELECT each.value ->> 0, each.value ->> 1
    FROM jsonb_array_elements(CAST(:keys AS jsonb)) AS each (value)
);

-- name: insert_hashtags(tenant_id, rows)!
INSERT INTO collector_hashtags (
    tenant_id, rkey, did, position, tag
)
SELECT
    :tenant_id, each.value ->> 0, each.value ->> 1, CAST(each.value ->> 2 AS bigint),
    each.value ->> 3
FROM jsonb_array_elements(CAST(:rows AS jsonb)) AS each (value);

-- name: delete_hashtags(tenant_id, keys)!
DELETE FROM collector_hashtags
WHERE tenant_id = :tenant_id AND (rkey, did) IN (
    SELECT each.value ->> 0, each.value ->> 1
    FROM jsonb_array_elements(CAST(:keys AS jsonb)) AS each (value)
);

-- name: insert_links(tenant_id, rows)!
INSERT INTO collector_links (
    tenant_id, rkey, did, position, url, domain
)
SELECT
    :tenant_id, each.value ->> 0, each.value ->> 1, CAST(each.value ->> 2 AS bigint),
    each.value ->> 3, each.value ->> 4
FROM jsonb_array_elements(CAST(:rows AS jsonb)) AS each (value);

-- name: delete_links(tenant_id, keys)!
DELETE FROM collector_links
WHERE tenant_id = :tenant_id AND (rkey, did) IN (
    SELECT each.value ->> 0, each.value ->> 1
    FROM jsonb_array_elements(CAST(:keys AS jsonb)) AS each (value)
);

-- name: insert_media(tenant_id, rows)!
INSERT INTO collector_media (
    tenant_id, rkey, did, position, kind, alt, mime, cid, width, height
)
SELECT
    :tenant_id, each.value ->> 0, each.value ->> 1, CAST(each.value ->> 2 AS bigint),
    each.value ->> 3, each.value ->> 4, each.value ->> 5, each.value ->> 6,
    CAST(each.value ->> 7 AS bigint), CAST(each.value ->> 8 AS bigint)
FROM jsonb_array_elements(CAST(:rows AS jsonb)) AS each (value);

-- name: delete_media(tenant_id, keys)!
DELETE FROM collector_media
WHERE tenant_id = :tenant_id AND (rkey, did) IN (
    SELECT each.value ->> 0, each.value ->> 1
    FROM jsonb_array_elements(CAST(:keys AS jsonb)) AS each (value)
);

-- name: add_engagement(tenant_id, rows)!
INSERT INTO collector_engagement (
    tenant_id, rkey, did, likes, reposts, replies, quotes
)
SELECT
    :tenant_id, each.value ->> 0, each.value ->> 1, CAST(each.value ->> 2 AS bigint),
    CAST(each.value ->> 3 AS bigint), CAST(each.value ->> 4 AS bigint),
    CAST(each.value ->> 5 AS bigint)
FROM jsonb_array_elements(CAST(:rows AS jsonb)) AS each (value)
ON CONFLICT (tenant_id, rkey, did) DO UPDATE SET
    likes = collector_engagement.likes + excluded.likes,
    reposts = collector_engagement.reposts + excluded.reposts,
    replies = collector_engagement.replies + excluded.replies,
    quotes = collector_engagement.quotes + excluded.quotes;

-- name: prune_engagement(tenant_id, keys)!
DELETE FROM collector_engagement
WHERE tenant_id = :tenant_id
    AND likes = 0 AND reposts = 0 AND replies = 0 AND quotes = 0
    AND (rkey, did) IN (
        SELECT each.value ->> 0, each.value ->> 1
        FROM jsonb_array_elements(CAST(:keys AS jsonb)) AS each (value)
    );

-- name: add_author_hours(tenant_id, rows)!
INSERT INTO collector_author_hours (
    tenant_id, hour, did, posts, likes, reposts, replies, quotes, followers
)
SELECT
    :tenant_id, CAST(each.value ->> 0 AS bigint), each.value ->> 1,
    CAST(each.value ->> 2 AS bigint), CAST(each.value ->> 3 AS bigint),
    CAST(each.value ->> 4 AS bigint), CAST(each.value ->> 5 AS bigint),
    CAST(each.value ->> 6 AS bigint), CAST(each.value ->> 7 AS bigint)
FROM jsonb_array_elements(CAST(:rows AS jsonb)) AS each (value)
ON CONFLICT (tenant_id, hour, did) DO UPDATE SET
    posts = collector_author_hours.posts + excluded.posts,
    likes = collector_author_hours.likes + excluded.likes,
    reposts = collector_author_hours.reposts + excluded.reposts,
    replies = collector_author_hours.replies + excluded.replies,
    quotes = collector_author_hours.quotes + excluded.quotes,
    followers = collector_author_hours.followers + excluded.followers;

-- name: prune_author_hours(tenant_id, keys)!
DELETE FROM collector_author_hours
WHERE tenant_id = :tenant_id
    AND posts = 0 AND likes = 0 AND reposts = 0 AND replies = 0 AND quotes = 0 AND followers
    = 0
    AND (hour, did) IN (
        SELECT CAST(each.value ->> 0 AS bigint), each.value ->> 1
        FROM jsonb_array_elements(CAST(:keys AS jsonb)) AS each (value)
    );

-- name: add_followed(tenant_id, rows)!
INSERT INTO collector_followed (
    tenant_id, did, followers
)
SELECT
    :tenant_id, each.value ->> 0, CAST(each.value ->> 1 AS bigint)
FROM jsonb_array_elements(CAST(:rows AS jsonb)) AS each (value)
ON CONFLICT (tenant_id, did) DO UPDATE SET
    followers = collector_followed.followers + excluded.followers;

-- name: prune_followed(tenant_id, keys)!
DELETE FROM collector_followed
WHERE tenant_id = :tenant_id
    AND followers = 0
    AND did IN (
        SELECT each.value ->> 0
        FROM jsonb_array_elements(CAST(:keys AS jsonb)) AS each (value)
    );

-- name: add_hours(tenant_id, rows)!
INSERT INTO collector_hours (
    tenant_id, hour, collection, records
)
SELECT
    :tenant_id, CAST(each.value ->> 0 AS bigint), each.value ->> 1,
    CAST(each.value ->> 2 AS bigint)
FROM jsonb_array_elements(CAST(:rows AS jsonb)) AS each (value)
ON CONFLICT (tenant_id, hour, collection) DO UPDATE SET
    records = collector_hours.records + excluded.records;

-- name: prune_hours(tenant_id, keys)!
DELETE FROM collector_hours
WHERE tenant_id = :tenant_id
    AND records = 0
    AND (hour, collection) IN (
        SELECT CAST(each.value ->> 0 AS bigint), each.value ->> 1
        FROM jsonb_array_elements(CAST(:keys AS jsonb)) AS each (value)
    );

-- name: add_figures(tenant_id, rows)!
INSERT INTO collector_figures (
    tenant_id, collection, events, stored, duplicates, deletes
)
SELECT
    :tenant_id, each.value ->> 0, CAST(each.value ->> 1 AS bigint),
    CAST(each.value ->> 2 AS bigint), CAST(each.value ->> 3 AS bigint),
    CAST(each.value ->> 4 AS bigint)
FROM jsonb_array_elements(CAST(:rows AS jsonb)) AS each (value)
ON CONFLICT (tenant_id, collection) DO UPDATE SET
    events = collector_figures.events + excluded.events,
    stored = collector_figures.stored + excluded.stored,
    duplicates = collector_figures.duplicates + excluded.duplicates,
    deletes = collector_figures.deletes + excluded.deletes;

-- name: add_users(tenant_id, rows)!
INSERT INTO collector_users (
    tenant_id, did, identity_at_us, is_active, status, account_at_us
)
SELECT
    :tenant_id, each.value ->> 0, 0, 1, 'active', 0
FROM jsonb_array_elements(CAST(:rows AS jsonb)) AS each (value)
ON CONFLICT (tenant_id, did) DO NOTHING;

-- name: write_users(tenant_id, rows)!
-- The latest of each kind of event wins, whatever the order in which they come.
INSERT INTO collector_users (
    tenant_id, did, handle, identity_at_us, is_active, status, account_at_us
)
SELECT
    :tenant_id, each.value ->> 0, each.value ->> 1, CAST(each.value ->> 2 AS bigint),
    CAST(each.value ->> 3 AS bigint), each.value ->> 4, CAST(each.value ->> 5 AS bigint)
FROM jsonb_array_elements(CAST(:rows AS jsonb)) AS each (value)
ON CONFLICT (tenant_id, did) DO UPDATE SET
    handle = CASE
        WHEN excluded.identity_at_us > collector_users.identity_at_us
            THEN excluded.handle ELSE collector_users.handle
    END,
    is_active = CASE
        WHEN excluded.account_at_us > collector_users.account_at_us
            THEN excluded.is_active ELSE collector_users.is_active
    END,
    status = CASE
        WHEN excluded.account_at_us > collector_users.account_at_us
            THEN excluded.status ELSE collector_users.status
    END,
    identity_at_us = CASE
        WHEN excluded.identity_at_us > collector_users.identity_at_us
            THEN excluded.identity_at_us ELSE collector_users.identity_at_us
    END,
    account_at_us = CASE
        WHEN excluded.account_at_us > collector_users.account_at_us
            THEN excluded.account_at_us ELSE collector_users.account_at_us
    END
WHERE excluded.identity_at_us > collector_users.identity_at_us
    OR excluded.account_at_us > collector_users.account_at_us;

-- name: write_paces(tenant_id, rows)!
INSERT INTO collector_paces (
    tenant_id, collection, events, rate, last_us
)
SELECT
    :tenant_id, each.value ->> 0, CAST(each.value ->> 1 AS bigint),
    CAST(each.value ->> 2 AS double precision), CAST(each.value ->> 3 AS bigint)
FROM jsonb_array_elements(CAST(:rows AS jsonb)) AS each (value)
ON CONFLICT (tenant_id, collection) DO UPDATE SET
    events = excluded.events, rate = excluded.rate, last_us = excluded.last_us;

-- name: insert_dead_letters(tenant_id, rows, last_id)!
-- The rows of a tenant are counted, so that the oldest are found by their ids.
INSERT INTO collector_dead_letters (tenant_id, id, at, host, reason, size, frame)
SELECT
    :tenant_id, CAST(:last_id AS bigint) + each.place, CAST(each.value ->> 0 AS bigint),
    each.value ->> 1, each.value ->> 2, CAST(each.value ->> 3 AS bigint),
    decode(each.value ->> 4, 'hex')
FROM jsonb_array_elements(CAST(:rows AS jsonb)) WITH ORDINALITY AS each (value, place);

-- Strategies: what a step of a run changes, in one statement for each table.

-- name: keep_tasks(tenant_id, run_id, rows)!
INSERT INTO collector_frontier (tenant_id, run_id, seq, kind, subject, degree, cursor, pages)
SELECT
    :tenant_id, :run_id, CAST(one.value ->> 'seq' AS bigint), one.value ->> 'kind',
    one.value ->> 'subject', CAST(one.value ->> 'degree' AS bigint), one.value ->> 'cursor',
    CAST(one.value ->> 'pages' AS bigint)
FROM jsonb_array_elements(CAST(:rows AS jsonb)) AS one (value)
ON CONFLICT (tenant_id, run_id, seq) DO UPDATE SET
    kind = excluded.kind, cursor = excluded.cursor, pages = excluded.pages;

-- name: end_tasks(tenant_id, run_id, seqs)!
DELETE FROM collector_frontier
WHERE tenant_id = :tenant_id AND run_id = :run_id AND seq IN (
    SELECT CAST(one AS bigint) FROM jsonb_array_elements_text(CAST(:seqs AS jsonb)) AS one
);

-- name: keep_found(tenant_id, run_id, rows)!
INSERT INTO collector_found (
    tenant_id, run_id, key, number, did, handle, uri, status, degree, via, followers_count,
    follows_count, posts_count
)
SELECT
    :tenant_id, :run_id, one.value ->> 'key', CAST(one.value ->> 'number' AS bigint),
    one.value ->> 'did', one.value ->> 'handle', one.value ->> 'uri',
    one.value ->> 'status', CAST(one.value ->> 'degree' AS bigint), one.value ->> 'via',
    CAST(one.value ->> 'followers_count' AS bigint),
    CAST(one.value ->> 'follows_count' AS bigint),
    CAST(one.value ->> 'posts_count' AS bigint)
FROM jsonb_array_elements(CAST(:rows AS jsonb)) AS one (value)
ON CONFLICT (tenant_id, run_id, key) DO UPDATE SET
    handle = excluded.handle, status = excluded.status,
    followers_count = excluded.followers_count, follows_count = excluded.follows_count,
    posts_count = excluded.posts_count;

-- name: found_of_keys(tenant_id, run_id, keys)
SELECT
    number, key, did, handle, uri, status, degree, via, followers_count, follows_count, posts_count
FROM collector_found
WHERE tenant_id = :tenant_id AND run_id = :run_id AND key IN (
    SELECT one FROM jsonb_array_elements_text(CAST(:keys AS jsonb)) AS one
);

-- name: collected_of_tags(tenant_id, rkey, did, end_rkey, end_did, tags)
SELECT DISTINCT found.rkey, found.did, users.handle, coalesce(engagement.likes, 0)
FROM collector_hashtags AS found
LEFT JOIN collector_engagement AS engagement
    ON engagement.tenant_id = found.tenant_id
    AND engagement.rkey = found.rkey AND engagement.did = found.did
LEFT JOIN collector_users AS users
    ON users.tenant_id = found.tenant_id AND users.did = found.did
WHERE found.tenant_id = :tenant_id
    AND (found.rkey, found.did) < (:rkey, :did)
    AND (found.rkey, found.did) >= (:end_rkey, :end_did)
    AND found.tag IN (
        SELECT one FROM jsonb_array_elements_text(CAST(:tags AS jsonb)) AS one
    ) AND coalesce(users.is_active, 1) = 1
ORDER BY 1 DESC, 2 DESC;
