"""Files that declare clients: read, and written.

YAML, JSON and TOML, a file or a folder for each client, many of them at once. It says what files
say and looks placeholders up in the environment; whether that makes a client is for the rules. It
never follows a network, and runs a Python module only for who says so.
"""

from tenantry.clients.remote.loading import load, load_tenants, read
from tenantry.clients.remote.writing import Form, render_client, write_client

__all__ = ["Form", "load", "load_tenants", "read", "render_client", "write_client"]
