"""What importing the SDK costs."""

import subprocess
import sys

SERVER_SIDE = "litestar apsw psycopg uvicorn uvloop structlog prometheus_client jsonschema_rs"

CODE = f"""
import sys, threading
import tenantry.sdk

print(sorted(set({SERVER_SIDE!r}.split()) & set(sys.modules)))
print(sorted(m for m in sys.modules if m.startswith("tenantry.") and m.count(".") == 1))
print(threading.active_count())
"""


def test_importing_it_imports_nothing_of_a_server_and_starts_nothing() -> None:
    told = subprocess.run(
        [sys.executable, "-c", CODE], capture_output=True, text=True, check=True
    ).stdout

    assert told.splitlines() == ["[]", "['tenantry.base', 'tenantry.sdk']", "1"]
