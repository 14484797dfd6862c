-- name: client_of_key(tenant_id, client_key)^
SELECT version, state, users FROM clients
WHERE tenant_id = :tenant_id AND client_key = :client_key;

-- name: keep_client(tenant_id, client_key, version, state, users)!
INSERT INTO clients (tenant_id, client_key, version, state, users)
VALUES (:tenant_id, :client_key, :version, :state, :users)
ON CONFLICT (tenant_id, client_key) DO UPDATE SET
    version = excluded.version, state = excluded.state, users = excluded.users
WHERE clients.version < excluded.version;

-- name: delete_clients(tenant_id)!
DELETE FROM clients WHERE tenant_id = :tenant_id;
