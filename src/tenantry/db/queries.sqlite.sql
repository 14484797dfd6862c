-- name: has_migrations_table()$
SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'schema_migrations';
