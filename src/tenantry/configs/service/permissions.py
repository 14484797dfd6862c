"""What one may be allowed to do with settings."""

READ = "configs:read"
WRITE = "configs:write"
REVEAL = "configs:reveal"
"""To see the value of a secret."""
OPERATE = "configs:operate"
"""The manual steps of an operator: restart, rebuild, reconnect."""
