-- name: user_of_id(user_id)^
SELECT user_id, email, username, first_name, last_name, password_hash, owner_tenant, created_at
FROM users WHERE user_id = :user_id;

-- name: user_of_email(email_key)^
SELECT user_id, email, username, first_name, last_name, password_hash, owner_tenant, created_at
FROM users WHERE email_key = :email_key;

-- name: user_of_username(username_key)^
SELECT user_id, email, username, first_name, last_name, password_hash, owner_tenant, created_at
FROM users WHERE username_key = :username_key;

-- name: insert_user(user_id, email, email_key, username, username_key, first_name, last_name, password_hash, owner_tenant, created_at)!
INSERT INTO users (
    user_id, email, email_key, username, username_key, first_name, last_name, password_hash,
    owner_tenant, created_at, updated_at
)
VALUES (
    :user_id, :email, :email_key, :username, :username_key, :first_name, :last_name,
    :password_hash, :owner_tenant, :created_at, :created_at
);

-- name: update_user(email, email_key, username, username_key, first_name, last_name, password_hash, updated_at, user_id)!
UPDATE users SET
    email = :email, email_key = :email_key, username = :username, username_key = :username_key,
    first_name = :first_name, last_name = :last_name, password_hash = :password_hash,
    updated_at = :updated_at
WHERE user_id = :user_id;

-- name: delete_user(user_id)!
DELETE FROM users WHERE user_id = :user_id;

-- name: tenants_of_user(user_id)
SELECT tenant_id FROM members WHERE user_id = :user_id ORDER BY tenant_id;

-- name: keep_member(tenant_id, user_id, role, applications, created_at)!
INSERT INTO members (tenant_id, user_id, role, applications, created_at)
VALUES (:tenant_id, :user_id, :role, :applications, :created_at)
ON CONFLICT (tenant_id, user_id) DO UPDATE SET
    role = excluded.role, applications = excluded.applications;

-- name: delete_member(tenant_id, user_id)!
DELETE FROM members WHERE tenant_id = :tenant_id AND user_id = :user_id;

-- name: members_behind(tenant_id, created_at, user_id, row_limit)
SELECT
    users.user_id, users.email, users.username, users.first_name, users.last_name,
    users.owner_tenant, users.created_at, members.role, members.applications, members.created_at
FROM members JOIN users ON users.user_id = members.user_id
WHERE members.tenant_id = :tenant_id
    AND (members.created_at, members.user_id) > (:created_at, :user_id)
ORDER BY members.created_at, members.user_id LIMIT :row_limit;

-- name: member_of_id(tenant_id, user_id)^
SELECT
    users.user_id, users.email, users.username, users.first_name, users.last_name,
    users.owner_tenant, users.created_at, members.role, members.applications, members.created_at
FROM members JOIN users ON users.user_id = members.user_id
WHERE members.tenant_id = :tenant_id AND members.user_id = :user_id;

-- name: member_of_email(tenant_id, email_key)^
SELECT
    users.user_id, users.email, users.username, users.first_name, users.last_name,
    users.owner_tenant, users.created_at, members.role, members.applications, members.created_at
FROM members JOIN users ON users.user_id = members.user_id
WHERE members.tenant_id = :tenant_id AND users.email_key = :email_key;

-- name: insert_key(tenant_id, key_id, name, role, secret_hash, created_at, created_by, expires_at)!
INSERT INTO api_keys (
    tenant_id, key_id, name, role, secret_hash, created_at, created_by, expires_at
)
VALUES (
    :tenant_id, :key_id, :name, :role, :secret_hash, :created_at, :created_by, :expires_at
);

-- name: keys_behind(tenant_id, created_at, key_id, row_limit)
SELECT tenant_id, key_id, name, role, created_at, created_by, expires_at, last_used_at
FROM api_keys
WHERE tenant_id = :tenant_id AND (created_at, key_id) > (:created_at, :key_id)
ORDER BY created_at, key_id LIMIT :row_limit;

-- name: key_of_id(tenant_id, key_id)^
SELECT tenant_id, key_id, name, role, created_at, created_by, expires_at, last_used_at
FROM api_keys WHERE tenant_id = :tenant_id AND key_id = :key_id;

-- name: delete_key(tenant_id, key_id)
DELETE FROM api_keys WHERE tenant_id = :tenant_id AND key_id = :key_id RETURNING key_id;

-- name: delete_keys(tenant_id)
DELETE FROM api_keys WHERE tenant_id = :tenant_id RETURNING key_id;

-- name: hash_of_key(key_id)$
-- Who shows a key does not say whose it is: that is what is looked up.
SELECT secret_hash FROM api_keys WHERE key_id = :key_id;

-- name: touch_key(key_id, last_used_at)!
UPDATE api_keys SET last_used_at = :last_used_at
WHERE key_id = :key_id AND (last_used_at IS NULL OR last_used_at < :last_used_at);

-- name: insert_session(session_id, secret_hash, created_at, expires_at, source, user_id, password_hash, tenant_id)$
-- Only where the password is still the one that was shown: a change of it ends every session.
INSERT INTO sessions (
    tenant_id, session_id, user_id, secret_hash, created_at, expires_at, source
)
SELECT
    members.tenant_id, :session_id, users.user_id, :secret_hash, :created_at, :expires_at, :source
FROM users JOIN members ON members.user_id = users.user_id
WHERE users.user_id = :user_id AND users.password_hash = :password_hash
    AND members.tenant_id = :tenant_id
RETURNING session_id;

-- name: session_of_id(session_id)^
-- Who shows a session does not say whose it is: that is what is looked up.
SELECT tenant_id, session_id, user_id, expires_at, secret_hash
FROM sessions WHERE session_id = :session_id;

-- name: delete_session(tenant_id, session_id)
DELETE FROM sessions
WHERE tenant_id = :tenant_id AND session_id = :session_id RETURNING session_id;

-- name: delete_sessions_of_user(user_id)
DELETE FROM sessions WHERE user_id = :user_id RETURNING session_id;

-- name: delete_sessions_of_member(tenant_id, user_id)
DELETE FROM sessions WHERE tenant_id = :tenant_id AND user_id = :user_id RETURNING session_id;

-- name: delete_other_sessions(user_id, session_id)
DELETE FROM sessions WHERE user_id = :user_id AND session_id <> :session_id RETURNING session_id;

-- name: delete_sessions(tenant_id)
DELETE FROM sessions WHERE tenant_id = :tenant_id RETURNING session_id;

-- name: forget_sessions(now_us)!
DELETE FROM sessions WHERE expires_at <= :now_us;

-- name: delete_members(tenant_id)
DELETE FROM members WHERE tenant_id = :tenant_id RETURNING user_id;

-- name: delete_users_of_nobody()
-- Whoever belongs to no tenant any more. Nobody is ever stored so, but in a unit that takes away.
DELETE FROM users
WHERE NOT EXISTS (SELECT 1 FROM members WHERE members.user_id = users.user_id)
RETURNING user_id;
