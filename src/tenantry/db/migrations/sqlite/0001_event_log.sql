-- The event log. `position` is dense and in commit order; the triggers make the database itself
-- refuse a gap, a change and a removal, and keep the head, so that a cut-off tail is noticed.

CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    stream TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version >= 1),
    type TEXT NOT NULL,
    data BLOB NOT NULL,
    metadata BLOB NOT NULL,
    recorded_at INTEGER NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    UNIQUE (tenant_id, stream, version)
) STRICT;

CREATE TABLE log_head (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    position INTEGER NOT NULL,
    hash BLOB NOT NULL,
    recorded_at INTEGER NOT NULL
) STRICT;

INSERT INTO log_head (id, position, hash, recorded_at) VALUES (1, 0, zeroblob(32), 0);

CREATE TRIGGER events_are_dense BEFORE INSERT ON events
WHEN NEW.position IS NOT (SELECT position + 1 FROM log_head)
BEGIN
    SELECT RAISE(ABORT, 'events: the position is not the next one');
END;

CREATE TRIGGER events_move_head AFTER INSERT ON events
BEGIN
    UPDATE log_head
    SET position = NEW.position, hash = NEW.hash, recorded_at = NEW.recorded_at
    WHERE id = 1;
END;

CREATE TRIGGER events_are_not_changed BEFORE UPDATE ON events
BEGIN
    SELECT RAISE(ABORT, 'events are never changed');
END;

CREATE TRIGGER events_are_not_removed BEFORE DELETE ON events
BEGIN
    SELECT RAISE(ABORT, 'events are never removed');
END;

-- One row an idempotency key: which positions the first request with it appended.
CREATE TABLE appends (
    tenant_id TEXT NOT NULL,
    key TEXT NOT NULL,
    request_digest BLOB NOT NULL,
    first_position INTEGER NOT NULL,
    last_position INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX appends_by_expiry ON appends (expires_at);

-- How far each stored projection has got, and on which chain.
CREATE TABLE checkpoints (
    projection TEXT PRIMARY KEY,
    position INTEGER NOT NULL,
    hash BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- A snapshot counts once its row is there; the chunks are written before it. Nodes of two versions
-- may run side by side, so each encoding has its own.
CREATE TABLE snapshots (
    projection TEXT NOT NULL,
    position INTEGER NOT NULL,
    hash BLOB NOT NULL,
    state_version INTEGER NOT NULL,
    chunk_count INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (projection, state_version, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE snapshot_chunks (
    projection TEXT NOT NULL,
    state_version INTEGER NOT NULL,
    position INTEGER NOT NULL,
    chunk INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (projection, state_version, position, chunk)
) STRICT;
