-- name: lock_user(user_id)^
-- Whoever changes a person or their memberships takes turns: otherwise of two tenants that let the
-- same one go, each would believe that the other still has them.
SELECT user_id FROM users WHERE user_id = :user_id FOR UPDATE;

-- name: lock_users_of_tenant(tenant_id)
SELECT user_id FROM users
WHERE user_id IN (SELECT user_id FROM members WHERE tenant_id = :tenant_id)
ORDER BY user_id FOR UPDATE;

-- name: share_tenant(tenant_id)$
-- 0x7E0005: whoever makes something of a tenant shares it with all others who do, so that whoever
-- erases it, and so has it alone, sees all that was made. Taken before any other lock.
SELECT pg_advisory_xact_lock_shared(8257541, hashtext(:tenant_id));

-- name: seize_tenant(tenant_id)$
SELECT pg_advisory_xact_lock(8257541, hashtext(:tenant_id));

-- name: lock_names()$
-- 0x7E0004: one at a time gives somebody an address or a user name, so that who looks whether it is
-- taken knows.
SELECT pg_advisory_xact_lock(8257540);
