-- name: lease_of_name(name)^
SELECT holder, token, expires_at FROM leases WHERE name = :name;

-- name: take_lease(name, holder, now_us, expires_at)$
-- Free, or over; each new taking has a higher token.
INSERT INTO leases (name, holder, token, expires_at)
VALUES (:name, :holder, 1, :expires_at)
ON CONFLICT (name) DO UPDATE SET
    holder = excluded.holder, token = leases.token + 1, expires_at = excluded.expires_at
WHERE leases.expires_at <= :now_us
RETURNING token;

-- name: extend_lease(name, token, expires_at)$
UPDATE leases SET expires_at = :expires_at WHERE name = :name AND token = :token
RETURNING token;

-- name: end_lease(name, token)!
-- The row stays, so that the next token is higher.
UPDATE leases SET expires_at = 0 WHERE name = :name AND token = :token;
