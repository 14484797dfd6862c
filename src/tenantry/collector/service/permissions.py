"""What one may be allowed to do with what is collected."""

READ = "collector:read"
"""To see how collecting goes, and what came of it."""
RUN = "collector:run"
"""To start and stop it, to replay files, and to run strategies."""
