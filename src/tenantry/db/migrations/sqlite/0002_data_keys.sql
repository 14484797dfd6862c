-- The data keys of the vault, each wrapped by the master key. To destroy one is to delete its row,
-- and `secure_delete` overwrites what is deleted; so there is one key an owner and never a second.

CREATE TABLE data_keys (
    tenant_id TEXT NOT NULL,
    owner TEXT NOT NULL,
    key_id BLOB NOT NULL CHECK (length(key_id) = 8),
    wrapped BLOB NOT NULL,
    master_fingerprint TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, owner)
) STRICT, WITHOUT ROWID;
