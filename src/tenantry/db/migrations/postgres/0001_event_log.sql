-- The event log. `position` is dense and in commit order, because every append takes one advisory
-- lock that is let go only after its commit is visible; the triggers make the database itself
-- refuse a change and a removal, and the head makes a cut-off tail noticeable.

-- The two roles every unit takes one of. They belong to the server, not to this database, so
-- another database (or another node) may be creating them at this moment.
DO $$
DECLARE
    role_name text;
BEGIN
    FOREACH role_name IN ARRAY ARRAY['tenantry_tenant', 'tenantry_system'] LOOP
        FOR attempt IN 1..50 LOOP
            BEGIN
                IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
                    EXECUTE format('CREATE ROLE %I NOLOGIN NOBYPASSRLS', role_name);
                END IF;
                IF NOT pg_has_role(current_user, role_name, 'SET') THEN
                    EXECUTE format('GRANT %I TO CURRENT_USER', role_name);
                END IF;
                EXIT;
            EXCEPTION
                WHEN duplicate_object OR unique_violation OR internal_error THEN
                    IF attempt = 50 THEN
                        RAISE;
                    END IF;
                    PERFORM pg_sleep(0.02);
            END;
        END LOOP;
    END LOOP;
END $$;

CREATE TABLE events (
    position bigint PRIMARY KEY,
    tenant_id text COLLATE "C" NOT NULL,
    stream text COLLATE "C" NOT NULL,
    version bigint NOT NULL CHECK (version >= 1),
    type text COLLATE "C" NOT NULL,
    data bytea NOT NULL,
    metadata bytea NOT NULL,
    recorded_at bigint NOT NULL,
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    UNIQUE (tenant_id, stream, version)
);

CREATE TABLE log_head (
    id integer PRIMARY KEY CHECK (id = 1),
    position bigint NOT NULL,
    hash bytea NOT NULL,
    recorded_at bigint NOT NULL
);

INSERT INTO log_head (id, position, hash, recorded_at)
VALUES (1, 0, decode(repeat('00', 32), 'hex'), 0);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'events are never changed or removed';
END $$;

CREATE TRIGGER events_are_not_changed BEFORE UPDATE OR DELETE ON events
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER events_are_not_truncated BEFORE TRUNCATE ON events
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- One row an idempotency key: which positions the first request with it appended.
CREATE TABLE appends (
    tenant_id text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    request_digest bytea NOT NULL,
    first_position bigint NOT NULL,
    last_position bigint NOT NULL,
    expires_at bigint NOT NULL,
    PRIMARY KEY (tenant_id, key)
);

CREATE INDEX appends_by_expiry ON appends (expires_at);

-- How far each stored projection has got, and on which chain.
CREATE TABLE checkpoints (
    projection text PRIMARY KEY,
    position bigint NOT NULL,
    hash bytea NOT NULL
);

-- A snapshot counts once its row is there; the chunks are written before it. Nodes of two versions
-- may run side by side, so each encoding has its own.
CREATE TABLE snapshots (
    projection text NOT NULL,
    position bigint NOT NULL,
    hash bytea NOT NULL,
    state_version bigint NOT NULL,
    chunk_count bigint NOT NULL,
    created_at bigint NOT NULL,
    PRIMARY KEY (projection, state_version, position)
);

CREATE TABLE snapshot_chunks (
    projection text NOT NULL,
    state_version bigint NOT NULL,
    position bigint NOT NULL,
    chunk bigint NOT NULL,
    data bytea NOT NULL,
    PRIMARY KEY (projection, state_version, position, chunk)
);

-- Row-level security: a unit in a tenant's scope sees and writes that tenant's rows only, and
-- none at all where the scope was forgotten.
ALTER TABLE events ENABLE ROW LEVEL SECURITY;
ALTER TABLE events FORCE ROW LEVEL SECURITY;
ALTER TABLE appends ENABLE ROW LEVEL SECURITY;
ALTER TABLE appends FORCE ROW LEVEL SECURITY;

CREATE POLICY events_of_tenant ON events TO tenantry_tenant
USING (tenant_id = current_setting('tenantry.tenant_id', true));
CREATE POLICY events_of_system ON events TO tenantry_system USING (true);
CREATE POLICY appends_of_tenant ON appends TO tenantry_tenant
USING (tenant_id = current_setting('tenantry.tenant_id', true));
CREATE POLICY appends_of_system ON appends TO tenantry_system USING (true);

GRANT SELECT, INSERT ON events TO tenantry_tenant, tenantry_system;
GRANT SELECT, UPDATE ON log_head TO tenantry_tenant, tenantry_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON appends TO tenantry_tenant, tenantry_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON checkpoints, snapshots, snapshot_chunks TO tenantry_system;

-- The one way to append: a batch of requests, each all or nothing, in one statement.
--
-- Requests, their streams and their events come as parallel arrays; `stream_requests` says to
-- which request a stream belongs and `event_streams` to which stream an event does, both counted
-- from 1 and never decreasing. Expectations: n >= 0 exactly that version, -1 any, -2 any but 0.
-- `rest_requests` says which requests rest on another, and `rest_bases` on which one of this batch,
-- or -1 where it is sure that it was not appended. `request_afters`, where not null, refuses a
-- request if behind that position a stream from `request_change_starts` to `request_change_untils`
-- has grown, of one tenant or, where `request_change_tenants` is null, of any.
-- The hash of an event is the SHA-256 of the previous one's and of its columns, each prefixed
-- with its length; `chain.py` computes the same.
CREATE FUNCTION append_events(
    request_tenants text[], request_keys text[], request_digests bytea[], request_expiries bigint[],
    rest_requests integer[], rest_bases integer[],
    request_afters bigint[], request_change_tenants text[], request_change_starts text[],
    request_change_untils text[],
    stream_requests integer[], stream_tenants text[], stream_names text[], stream_expectations bigint[],
    event_streams integer[], event_types text[], event_data bytea[], event_metadata bytea[],
    now_us bigint
)
RETURNS TABLE (
    outcome text, first_position bigint, last_position bigint, recorded_at bigint,
    versions bigint[], lock_wait_us bigint
)
LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
    asked_at timestamptz := clock_timestamp();
    waited bigint;
    head record;
    last_hash bytea;
    before_position bigint;
    before_recorded bigint;
    at_recorded bigint;
    known record;
    actual bigint;
    is_stale boolean;
    found_versions bigint[];
    version_of bigint;
    stream_at integer := 1;
    event_at integer := 1;
    rest_at integer := 1;
    rest_count integer := coalesce(array_length(rest_requests, 1), 0);
    first_stream integer;
    stream_count integer := coalesce(array_length(stream_requests, 1), 0);
    event_count integer := coalesce(array_length(event_streams, 1), 0);
    start_position bigint;
    appended boolean[] := '{}';
BEGIN
    PERFORM pg_advisory_xact_lock(8257538);  -- 0x7E0002
    waited := extract(epoch FROM clock_timestamp() - asked_at) * 1000000;

    SELECT h.position, h.hash, h.recorded_at INTO head FROM log_head AS h WHERE h.id = 1;
    start_position := head.position;
    before_position := head.position;
    last_hash := head.hash;
    before_recorded := head.recorded_at;

    FOR request IN 1..array_length(request_tenants, 1) LOOP
        first_stream := stream_at;
        outcome := 'appended';
        first_position := before_position + 1;
        last_position := before_position;
        recorded_at := greatest(now_us, before_recorded + 1);
        found_versions := '{}';
        lock_wait_us := waited;

        IF request_keys[request] IS NOT NULL THEN
            SELECT a.request_digest, a.first_position, a.last_position INTO known
            FROM appends AS a
            WHERE a.tenant_id = request_tenants[request] AND a.key = request_keys[request]
                AND a.expires_at > now_us;
            IF FOUND THEN
                outcome := CASE
                    WHEN known.request_digest = request_digests[request] THEN 'replayed'
                    ELSE 'key_reused'
                END;
                first_position := known.first_position;
                last_position := known.last_position;
            END IF;
        END IF;

        -- What each stream stands at, and whether that is what the request expects.
        is_stale := false;
        WHILE stream_at <= stream_count AND stream_requests[stream_at] = request LOOP
            SELECT e.version INTO actual
            FROM events AS e
            WHERE e.tenant_id = stream_tenants[stream_at] AND e.stream = stream_names[stream_at]
            ORDER BY e.version DESC
            LIMIT 1;
            actual := coalesce(actual, 0);
            found_versions := found_versions || actual;
            is_stale := is_stale OR NOT CASE stream_expectations[stream_at]
                WHEN -1 THEN true
                WHEN -2 THEN actual > 0
                ELSE actual = stream_expectations[stream_at]
            END;
            stream_at := stream_at + 1;
        END LOOP;
        IF request_afters[request] IS NOT NULL THEN
            -- By position: what is behind it is little, and no index is kept for this alone.
            is_stale := is_stale OR EXISTS (
                SELECT FROM events AS e
                WHERE e.position > request_afters[request]
                    AND (request_change_tenants[request] IS NULL
                        OR e.tenant_id = request_change_tenants[request])
                    AND e.stream >= request_change_starts[request] COLLATE "C"
                    AND e.stream <= request_change_untils[request] COLLATE "C"
            );
        END IF;
        WHILE rest_at <= rest_count AND rest_requests[rest_at] = request LOOP
            is_stale := is_stale
                OR rest_bases[rest_at] < 0 OR NOT appended[rest_bases[rest_at]];
            rest_at := rest_at + 1;
        END LOOP;
        IF outcome = 'appended' AND is_stale THEN
            outcome := 'conflict';
        END IF;
        appended[request] := outcome = 'appended';
        versions := found_versions;

        WHILE event_at <= event_count AND event_streams[event_at] < stream_at LOOP
            IF outcome = 'appended' THEN
                version_of := found_versions[event_streams[event_at] - first_stream + 1] + 1;
                found_versions[event_streams[event_at] - first_stream + 1] := version_of;
                before_position := before_position + 1;
                at_recorded := greatest(now_us, before_recorded + 1);
                last_hash := sha256(
                    last_hash
                    || int8send(before_position)
                    || int4send(octet_length(request_tenants[request]))
                    || convert_to(request_tenants[request], 'UTF8')
                    || int4send(octet_length(stream_names[event_streams[event_at]]))
                    || convert_to(stream_names[event_streams[event_at]], 'UTF8')
                    || int8send(version_of)
                    || int4send(octet_length(event_types[event_at]))
                    || convert_to(event_types[event_at], 'UTF8')
                    || int4send(octet_length(event_data[event_at])) || event_data[event_at]
                    || int4send(octet_length(event_metadata[event_at])) || event_metadata[event_at]
                    || int8send(at_recorded)
                );
                INSERT INTO events VALUES (
                    before_position, request_tenants[request],
                    stream_names[event_streams[event_at]], version_of, event_types[event_at],
                    event_data[event_at], event_metadata[event_at], at_recorded, last_hash
                );
                before_recorded := at_recorded;
            END IF;
            event_at := event_at + 1;
        END LOOP;

        IF outcome = 'appended' THEN
            last_position := before_position;
            IF request_keys[request] IS NOT NULL THEN
                INSERT INTO appends VALUES (
                    request_tenants[request], request_keys[request], request_digests[request],
                    first_position, last_position, request_expiries[request]
                )
                ON CONFLICT (tenant_id, key) DO UPDATE SET
                    request_digest = excluded.request_digest,
                    first_position = excluded.first_position,
                    last_position = excluded.last_position,
                    expires_at = excluded.expires_at;
            END IF;
        END IF;
        RETURN NEXT;
    END LOOP;

    IF before_position > start_position THEN
        UPDATE log_head AS h
        SET position = before_position, hash = last_hash, recorded_at = before_recorded
        WHERE h.id = 1;
        PERFORM pg_notify('tenantry_log', '');
    END IF;
END $$;
