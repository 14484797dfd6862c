-- name: cursors_of_tenant(tenant_id)
SELECT host, wire, time_us, seq FROM collector_cursors
WHERE tenant_id = :tenant_id ORDER BY host, wire;

-- name: delete_other_cursors(tenant_id, host, wire)!
DELETE FROM collector_cursors
WHERE tenant_id = :tenant_id AND NOT (host = :host AND wire = :wire);

-- name: write_cursor(tenant_id, host, wire, time_us, seq)!
INSERT INTO collector_cursors (tenant_id, host, wire, time_us, seq)
VALUES (:tenant_id, :host, :wire, :time_us, :seq)
ON CONFLICT (tenant_id, host, wire) DO UPDATE SET
    time_us = excluded.time_us, seq = excluded.seq;

-- name: covered_of_tenant(tenant_id)
SELECT id, host, wire, from_us, until_us FROM collector_covered
WHERE tenant_id = :tenant_id ORDER BY id;

-- name: last_covered(tenant_id)$
SELECT coalesce(max(id), 0) FROM collector_covered WHERE tenant_id = :tenant_id;

-- name: write_covered(tenant_id, id, host, wire, from_us, until_us)!
INSERT INTO collector_covered (tenant_id, id, host, wire, from_us, until_us)
VALUES (:tenant_id, :id, :host, :wire, :from_us, :until_us)
ON CONFLICT (tenant_id, id) DO UPDATE SET
    host = excluded.host, wire = excluded.wire, from_us = excluded.from_us,
    until_us = excluded.until_us;

-- name: delete_covered(tenant_id, id)!
DELETE FROM collector_covered WHERE tenant_id = :tenant_id AND id = :id;

-- name: gaps_of_tenant(tenant_id)
SELECT
    id, collection, host, from_us, until_us, reason, state, opened_at, closed_at, closed_by
FROM collector_gaps WHERE tenant_id = :tenant_id ORDER BY id;

-- name: last_gap(tenant_id)$
SELECT coalesce(max(id), 0) FROM collector_gaps WHERE tenant_id = :tenant_id;

-- name: write_gap(tenant_id, id, collection, host, from_us, until_us, reason, state, opened_at, closed_at, closed_by)!
INSERT INTO collector_gaps (
    tenant_id, id, collection, host, from_us, until_us, reason, state, opened_at, closed_at,
    closed_by
)
VALUES (
    :tenant_id, :id, :collection, :host, :from_us, :until_us, :reason, :state, :opened_at,
    :closed_at, :closed_by
)
ON CONFLICT (tenant_id, id) DO UPDATE SET
    collection = excluded.collection, host = excluded.host, from_us = excluded.from_us,
    until_us = excluded.until_us, reason = excluded.reason, state = excluded.state,
    opened_at = excluded.opened_at, closed_at = excluded.closed_at, closed_by = excluded.closed_by;

-- name: paces_of_tenant(tenant_id)
SELECT collection, events, rate, last_us FROM collector_paces
WHERE tenant_id = :tenant_id ORDER BY collection;

-- name: figures_of_tenant(tenant_id)
SELECT collection, events, stored, duplicates, deletes FROM collector_figures
WHERE tenant_id = :tenant_id ORDER BY collection;

-- name: last_cursor(tenant_id)$
SELECT max(time_us) FROM collector_cursors WHERE tenant_id = :tenant_id;

-- name: last_dead_letter(tenant_id)$
SELECT coalesce(max(id), 0) FROM collector_dead_letters WHERE tenant_id = :tenant_id;

-- name: forget_dead_letters(tenant_id, until)!
DELETE FROM collector_dead_letters WHERE tenant_id = :tenant_id AND id <= :until;

-- name: dead_letters_before(tenant_id, before, row_limit)
SELECT id, at, host, reason, size, frame FROM collector_dead_letters
WHERE tenant_id = :tenant_id AND id < :before ORDER BY id DESC LIMIT :row_limit;

-- name: switch_of_tenant(tenant_id)^
SELECT is_on, at, by FROM collector_switches WHERE tenant_id = :tenant_id;

-- name: write_switch(tenant_id, is_on, at, by)!
INSERT INTO collector_switches (tenant_id, is_on, at, by)
VALUES (:tenant_id, :is_on, :at, :by)
ON CONFLICT (tenant_id) DO UPDATE SET
    is_on = excluded.is_on, at = excluded.at, by = excluded.by;

-- name: pulses_of_tenant(tenant_id)
SELECT data FROM collector_pulses WHERE tenant_id = :tenant_id ORDER BY at DESC, node;

-- name: write_pulse(tenant_id, node, at, data)!
INSERT INTO collector_pulses (tenant_id, node, at, data)
VALUES (:tenant_id, :node, :at, :data)
ON CONFLICT (tenant_id, node) DO UPDATE SET at = excluded.at, data = excluded.data;

-- name: forget_pulses(tenant_id, before)!
DELETE FROM collector_pulses WHERE tenant_id = :tenant_id AND at < :before;

-- name: trending(tenant_id, from_hour, until_hour, row_limit)
SELECT gained.did, users.handle, gained.followers, coalesce(followed.followers, 0)
FROM (
    SELECT did, sum(followers) AS followers
    FROM collector_author_hours
    WHERE tenant_id = :tenant_id AND hour >= :from_hour AND hour < :until_hour AND followers > 0
    GROUP BY did
) AS gained
LEFT JOIN collector_followed AS followed
    ON followed.tenant_id = :tenant_id AND followed.did = gained.did
LEFT JOIN collector_users AS users ON users.tenant_id = :tenant_id AND users.did = gained.did
WHERE coalesce(users.is_active, 1) = 1
ORDER BY gained.followers DESC, gained.did LIMIT :row_limit;

-- name: growth(tenant_id, from_hour, until_hour, least, row_limit)
-- What came after the window is in the sum of all, and so is taken off it too.
SELECT
    gained.did, users.handle, gained.followers,
    coalesce(followed.followers, 0) - gained.since AS before
FROM (
    SELECT
        did, sum(followers) AS since,
        sum(CASE WHEN hour < :until_hour THEN followers ELSE 0 END) AS followers
    FROM collector_author_hours
    WHERE tenant_id = :tenant_id AND hour >= :from_hour AND followers > 0
    GROUP BY did
) AS gained
LEFT JOIN collector_followed AS followed
    ON followed.tenant_id = :tenant_id AND followed.did = gained.did
LEFT JOIN collector_users AS users ON users.tenant_id = :tenant_id AND users.did = gained.did
WHERE coalesce(users.is_active, 1) = 1 AND gained.followers >= :least
ORDER BY
    gained.followers * 1.0 / CASE
        WHEN followed.followers > gained.since THEN followed.followers - gained.since ELSE 1
    END DESC,
    gained.followers DESC, gained.did
LIMIT :row_limit;

-- name: leaders(tenant_id, from_hour, until_hour, row_limit)
SELECT
    summed.did, users.handle, summed.score, summed.posts, summed.likes, summed.reposts,
    summed.replies, summed.quotes
FROM (
    SELECT
        did, sum(likes + 2 * reposts + 3 * replies + 2 * quotes) AS score, sum(posts) AS posts,
        sum(likes) AS likes, sum(reposts) AS reposts, sum(replies) AS replies,
        sum(quotes) AS quotes
    FROM collector_author_hours
    WHERE tenant_id = :tenant_id AND hour >= :from_hour AND hour < :until_hour
    GROUP BY did
) AS summed
LEFT JOIN collector_users AS users ON users.tenant_id = :tenant_id AND users.did = summed.did
WHERE summed.score > 0 AND coalesce(users.is_active, 1) = 1
ORDER BY summed.score DESC, summed.did LIMIT :row_limit;

-- name: user_counts(tenant_id)^
SELECT
    (SELECT count(*) FROM collector_users WHERE tenant_id = :tenant_id),
    (SELECT count(*) FROM collector_users WHERE tenant_id = :tenant_id AND is_active = 0);

-- name: live_records(tenant_id, from_hour, until_hour)
SELECT
    collection, sum(records),
    sum(CASE WHEN hour >= :from_hour AND hour < :until_hour THEN records ELSE 0 END)
FROM collector_hours WHERE tenant_id = :tenant_id GROUP BY collection ORDER BY collection;

-- name: top_hashtags(tenant_id, from_rkey, until_rkey, row_limit)
SELECT tag, count(*) AS uses FROM collector_hashtags
WHERE tenant_id = :tenant_id AND rkey >= :from_rkey AND rkey < :until_rkey
    AND NOT EXISTS (
        SELECT 1 FROM collector_users AS hidden
        WHERE hidden.tenant_id = :tenant_id AND hidden.did = collector_hashtags.did
            AND hidden.is_active = 0
    )
GROUP BY tag ORDER BY uses DESC, tag LIMIT :row_limit;

-- name: top_domains(tenant_id, from_rkey, until_rkey, row_limit)
SELECT domain, count(*) AS uses FROM collector_links
WHERE tenant_id = :tenant_id AND rkey >= :from_rkey AND rkey < :until_rkey
    AND NOT EXISTS (
        SELECT 1 FROM collector_users AS hidden
        WHERE hidden.tenant_id = :tenant_id AND hidden.did = collector_links.did
            AND hidden.is_active = 0
    )
GROUP BY domain ORDER BY uses DESC, domain LIMIT :row_limit;

-- name: top_mentions(tenant_id, from_rkey, until_rkey, row_limit)
SELECT mentioned.did, users.handle, mentioned.uses
FROM (
    SELECT mentioned_did AS did, count(*) AS uses FROM collector_mentions
    WHERE tenant_id = :tenant_id AND rkey >= :from_rkey AND rkey < :until_rkey
        AND NOT EXISTS (
            SELECT 1 FROM collector_users AS hidden
            WHERE hidden.tenant_id = :tenant_id AND hidden.did = collector_mentions.did
                AND hidden.is_active = 0
        )
    GROUP BY mentioned_did
) AS mentioned
LEFT JOIN collector_users AS users ON users.tenant_id = :tenant_id AND users.did = mentioned.did
WHERE coalesce(users.is_active, 1) = 1
ORDER BY mentioned.uses DESC, mentioned.did LIMIT :row_limit;

-- name: end_of_posts(tenant_id, rkey, did, positions)^
-- What accounts that are gone have left is looked for in stretches of the key: an index by user
-- would have every record written in one more place, beside none of its neighbours.
SELECT rkey, did FROM collector_posts
WHERE tenant_id = :tenant_id AND (rkey, did) > (:rkey, :did)
ORDER BY rkey, did LIMIT 1 OFFSET :positions;

-- name: deserted_posts(tenant_id, rkey, did, end_rkey, end_did, until_us)
SELECT
    rkey, did, rev, at_us, is_deleted, reply_did, reply_rkey, quote_did, quote_rkey
FROM collector_posts
WHERE tenant_id = :tenant_id AND is_deleted = 0
    AND (rkey, did) > (:rkey, :did)
    AND (rkey, did) <= (:end_rkey, :end_did)
    AND EXISTS (
        SELECT 1 FROM collector_users AS users
        WHERE users.tenant_id = :tenant_id AND users.did = collector_posts.did
            AND users.is_active = 0 AND users.status = 'deleted'
            AND users.account_at_us <= :until_us
    );

-- name: end_of_likes(tenant_id, rkey, did, positions)^
SELECT rkey, did FROM collector_likes
WHERE tenant_id = :tenant_id AND (rkey, did) > (:rkey, :did)
ORDER BY rkey, did LIMIT 1 OFFSET :positions;

-- name: deserted_likes(tenant_id, rkey, did, end_rkey, end_did, until_us)
SELECT
    rkey, did, rev, at_us, is_deleted, subject_did, subject_rkey
FROM collector_likes
WHERE tenant_id = :tenant_id AND is_deleted = 0
    AND (rkey, did) > (:rkey, :did)
    AND (rkey, did) <= (:end_rkey, :end_did)
    AND EXISTS (
        SELECT 1 FROM collector_users AS users
        WHERE users.tenant_id = :tenant_id AND users.did = collector_likes.did
            AND users.is_active = 0 AND users.status = 'deleted'
            AND users.account_at_us <= :until_us
    );

-- name: end_of_reposts(tenant_id, rkey, did, positions)^
SELECT rkey, did FROM collector_reposts
WHERE tenant_id = :tenant_id AND (rkey, did) > (:rkey, :did)
ORDER BY rkey, did LIMIT 1 OFFSET :positions;

-- name: deserted_reposts(tenant_id, rkey, did, end_rkey, end_did, until_us)
SELECT
    rkey, did, rev, at_us, is_deleted, subject_did, subject_rkey
FROM collector_reposts
WHERE tenant_id = :tenant_id AND is_deleted = 0
    AND (rkey, did) > (:rkey, :did)
    AND (rkey, did) <= (:end_rkey, :end_did)
    AND EXISTS (
        SELECT 1 FROM collector_users AS users
        WHERE users.tenant_id = :tenant_id AND users.did = collector_reposts.did
            AND users.is_active = 0 AND users.status = 'deleted'
            AND users.account_at_us <= :until_us
    );

-- name: end_of_follows(tenant_id, rkey, did, positions)^
SELECT rkey, did FROM collector_follows
WHERE tenant_id = :tenant_id AND (rkey, did) > (:rkey, :did)
ORDER BY rkey, did LIMIT 1 OFFSET :positions;

-- name: deserted_follows(tenant_id, rkey, did, end_rkey, end_did, until_us)
SELECT
    rkey, did, rev, at_us, is_deleted, subject_did
FROM collector_follows
WHERE tenant_id = :tenant_id AND is_deleted = 0
    AND (rkey, did) > (:rkey, :did)
    AND (rkey, did) <= (:end_rkey, :end_did)
    AND EXISTS (
        SELECT 1 FROM collector_users AS users
        WHERE users.tenant_id = :tenant_id AND users.did = collector_follows.did
            AND users.is_active = 0 AND users.status = 'deleted'
            AND users.account_at_us <= :until_us
    );

-- name: end_of_records(tenant_id, collection, rkey, did, positions)^
SELECT collection, rkey, did FROM collector_records
WHERE tenant_id = :tenant_id AND (collection, rkey, did) > (:collection, :rkey, :did)
ORDER BY collection, rkey, did LIMIT 1 OFFSET :positions;

-- name: deserted_records(tenant_id, collection, rkey, did, end_collection, end_rkey, end_did, until_us)
SELECT
    collection, rkey, did, rev, at_us, is_deleted
FROM collector_records
WHERE tenant_id = :tenant_id AND is_deleted = 0
    AND (collection, rkey, did) > (:collection, :rkey, :did)
    AND (collection, rkey, did) <= (:end_collection, :end_rkey, :end_did)
    AND EXISTS (
        SELECT 1 FROM collector_users AS users
        WHERE users.tenant_id = :tenant_id AND users.did = collector_records.did
            AND users.is_active = 0 AND users.status = 'deleted'
            AND users.account_at_us <= :until_us
    );

-- name: forget_handles(tenant_id, until_us)!
UPDATE collector_users SET handle = NULL
WHERE tenant_id = :tenant_id AND is_active = 0 AND status = 'deleted'
    AND account_at_us <= :until_us AND handle IS NOT NULL;

-- name: delete_all_posts(tenant_id)!
DELETE FROM collector_posts WHERE tenant_id = :tenant_id;

-- name: delete_all_likes(tenant_id)!
DELETE FROM collector_likes WHERE tenant_id = :tenant_id;

-- name: delete_all_reposts(tenant_id)!
DELETE FROM collector_reposts WHERE tenant_id = :tenant_id;

-- name: delete_all_follows(tenant_id)!
DELETE FROM collector_follows WHERE tenant_id = :tenant_id;

-- name: delete_all_records(tenant_id)!
DELETE FROM collector_records WHERE tenant_id = :tenant_id;

-- name: delete_all_mentions(tenant_id)!
DELETE FROM collector_mentions WHERE tenant_id = :tenant_id;

-- name: delete_all_hashtags(tenant_id)!
DELETE FROM collector_hashtags WHERE tenant_id = :tenant_id;

-- name: delete_all_links(tenant_id)!
DELETE FROM collector_links WHERE tenant_id = :tenant_id;

-- name: delete_all_media(tenant_id)!
DELETE FROM collector_media WHERE tenant_id = :tenant_id;

-- name: delete_all_engagement(tenant_id)!
DELETE FROM collector_engagement WHERE tenant_id = :tenant_id;

-- name: delete_all_author_hours(tenant_id)!
DELETE FROM collector_author_hours WHERE tenant_id = :tenant_id;

-- name: delete_all_followed(tenant_id)!
DELETE FROM collector_followed WHERE tenant_id = :tenant_id;

-- name: delete_all_hours(tenant_id)!
DELETE FROM collector_hours WHERE tenant_id = :tenant_id;

-- name: delete_all_users(tenant_id)!
DELETE FROM collector_users WHERE tenant_id = :tenant_id;

-- name: delete_all_cursors(tenant_id)!
DELETE FROM collector_cursors WHERE tenant_id = :tenant_id;

-- name: delete_all_covered(tenant_id)!
DELETE FROM collector_covered WHERE tenant_id = :tenant_id;

-- name: delete_all_gaps(tenant_id)!
DELETE FROM collector_gaps WHERE tenant_id = :tenant_id;

-- name: delete_all_paces(tenant_id)!
DELETE FROM collector_paces WHERE tenant_id = :tenant_id;

-- name: delete_all_figures(tenant_id)!
DELETE FROM collector_figures WHERE tenant_id = :tenant_id;

-- name: delete_all_dead_letters(tenant_id)!
DELETE FROM collector_dead_letters WHERE tenant_id = :tenant_id;

-- name: delete_all_switches(tenant_id)!
DELETE FROM collector_switches WHERE tenant_id = :tenant_id;

-- name: delete_all_pulses(tenant_id)!
DELETE FROM collector_pulses WHERE tenant_id = :tenant_id;

-- Strategies: their runs, what these have still to ask, and what they have found.

-- name: insert_strategy_run(tenant_id, id, strategy, params, status, state, notes, created_at, created_by)!
INSERT INTO collector_runs (
    tenant_id, id, strategy, params, status, state, requests, reserved, attempts, notes, created_at,
    created_by
)
VALUES (
    :tenant_id, :id, :strategy, :params, :status, :state, 0, 0, 0, :notes, :created_at, :created_by
);

-- name: strategy_run_of_id(tenant_id, id)^
SELECT
    tenant_id, id, strategy, params, status, state, requests, reserved, attempts, waiting_until,
    notes, error, created_at, created_by, started_at, finished_at
FROM collector_runs WHERE tenant_id = :tenant_id AND id = :id;

-- name: strategy_runs_before(tenant_id, before, id, row_limit)
SELECT
    tenant_id, id, strategy, params, status, state, requests, reserved, attempts, waiting_until,
    notes, error, created_at, created_by, started_at, finished_at
FROM collector_runs
WHERE tenant_id = :tenant_id AND (created_at, id) < (:before, :id)
ORDER BY created_at DESC, id DESC LIMIT :row_limit;

-- name: strategy_runs_under_way(tenant_id)$
SELECT count(*) FROM collector_runs WHERE tenant_id = :tenant_id AND finished_at IS NULL;

-- name: due_strategy_runs(now_us, row_limit)
SELECT tenant_id, id, coalesce(waiting_until, created_at) FROM collector_runs
WHERE finished_at IS NULL AND coalesce(waiting_until, 0) <= :now_us
ORDER BY 3, tenant_id, id LIMIT :row_limit;

-- name: keep_strategy_run(tenant_id, id, status, state, requests, reserved, attempts, waiting_until, notes, error, started_at, finished_at)$
-- Whoever comes after its end finds it over.
UPDATE collector_runs SET
    status = :status, state = :state, requests = :requests, reserved = :reserved,
    attempts = :attempts, waiting_until = :waiting_until, notes = :notes, error = :error,
    started_at = :started_at, finished_at = :finished_at
WHERE tenant_id = :tenant_id AND id = :id AND finished_at IS NULL
RETURNING id;

-- name: first_tasks(tenant_id, run_id, row_limit)
SELECT seq, kind, subject, degree, cursor, pages FROM collector_frontier
WHERE tenant_id = :tenant_id AND run_id = :run_id ORDER BY seq LIMIT :row_limit;

-- name: first_candidates(tenant_id, run_id, row_limit)
SELECT
    number, key, did, handle, uri, status, degree, via, followers_count, follows_count, posts_count
FROM collector_found
WHERE tenant_id = :tenant_id AND run_id = :run_id AND status = 'candidate'
ORDER BY number LIMIT :row_limit;

-- name: found_after(tenant_id, run_id, number, row_limit)
SELECT
    number, key, did, handle, uri, status, degree, via, followers_count, follows_count, posts_count
FROM collector_found
WHERE tenant_id = :tenant_id AND run_id = :run_id AND status = 'found' AND number > :number
ORDER BY number LIMIT :row_limit;

-- name: clear_frontier(tenant_id, run_id)!
DELETE FROM collector_frontier WHERE tenant_id = :tenant_id AND run_id = :run_id;

-- name: clear_found(tenant_id, run_id)!
-- What has served its purpose once a run is over.
DELETE FROM collector_found
WHERE tenant_id = :tenant_id AND run_id = :run_id
    AND status IN ('candidate', 'outside', 'gone', 'excluded');

-- name: old_strategy_runs(before, row_limit)
SELECT tenant_id, id FROM collector_runs WHERE finished_at < :before LIMIT :row_limit;

-- name: delete_found_of_run(tenant_id, run_id)!
DELETE FROM collector_found WHERE tenant_id = :tenant_id AND run_id = :run_id;

-- name: delete_strategy_run(tenant_id, id)!
DELETE FROM collector_runs WHERE tenant_id = :tenant_id AND id = :id;

-- name: delete_frontiers_of_tenant(tenant_id)!
DELETE FROM collector_frontier WHERE tenant_id = :tenant_id;

-- name: delete_found_of_tenant(tenant_id)!
DELETE FROM collector_found WHERE tenant_id = :tenant_id;

-- name: delete_strategy_runs_of_tenant(tenant_id)!
DELETE FROM collector_runs WHERE tenant_id = :tenant_id;

-- name: end_of_hashtags(tenant_id, rkey, did, row_limit)^
-- The post that so many hashtags reach back to: a page of what was collected, whatever is in it.
SELECT rkey, did FROM (
    SELECT rkey, did FROM collector_hashtags
    WHERE tenant_id = :tenant_id AND (rkey, did) < (:rkey, :did)
    ORDER BY rkey DESC, did DESC LIMIT :row_limit
) AS page
ORDER BY rkey, did LIMIT 1;

-- name: end_of_mentions(tenant_id, rkey, did, row_limit)^
SELECT rkey, did FROM (
    SELECT rkey, did FROM collector_mentions
    WHERE tenant_id = :tenant_id AND (rkey, did) < (:rkey, :did)
    ORDER BY rkey DESC, did DESC LIMIT :row_limit
) AS page
ORDER BY rkey, did LIMIT 1;

-- name: collected_mentions(tenant_id, rkey, did, end_rkey, end_did, mentioned_did)
SELECT DISTINCT found.rkey, found.did, users.handle
FROM collector_mentions AS found
LEFT JOIN collector_users AS users
    ON users.tenant_id = found.tenant_id AND users.did = found.did
WHERE found.tenant_id = :tenant_id
    AND (found.rkey, found.did) < (:rkey, :did)
    AND (found.rkey, found.did) >= (:end_rkey, :end_did)
    AND found.mentioned_did = :mentioned_did AND coalesce(users.is_active, 1) = 1
ORDER BY 1 DESC, 2 DESC;
