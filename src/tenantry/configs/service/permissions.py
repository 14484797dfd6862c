"""What one may be allowed to do with settings."""

READ = "configs:read"
WRITE = "configs:write"
REVEAL = "configs:reveal"
"""To see the value of a secret."""
OPERATE = "configs:operate"
"""What an operator asks of a node and tells it to do; only for who may do so on every tenant."""
