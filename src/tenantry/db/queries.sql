-- name: create_migrations_table()!
CREATE TABLE IF NOT EXISTS schema_migrations (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    checksum TEXT NOT NULL,
    applied_at BIGINT NOT NULL
);

-- name: applied_migrations()
SELECT number, checksum FROM schema_migrations ORDER BY number;

-- name: record_migration(number, name, checksum, applied_at)!
INSERT INTO schema_migrations (number, name, checksum, applied_at)
VALUES (:number, :name, :checksum, :applied_at);
