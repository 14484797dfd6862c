-- name: lock_user(user_id)^
-- The writer is the only one who writes.
SELECT user_id FROM users WHERE user_id = :user_id;

-- name: lock_users_of_tenant(tenant_id)
SELECT user_id FROM members WHERE tenant_id = :tenant_id;

-- name: share_tenant(tenant_id)$
SELECT :tenant_id;

-- name: seize_tenant(tenant_id)$
SELECT :tenant_id;

-- name: lock_names()$
SELECT 1;
