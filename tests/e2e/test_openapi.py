"""The served OpenAPI document is true: schemathesis asks a real server for all that it says."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.counts import IS_CI, IS_SOAK, search_count
from tests.support.repository import ROOT
from tests.support.schemathesis_hooks import TENANT
from tests.support.server import ServerProcess

# Less than a tenth in make test, behind the thousands of systematic ones that come in either.
EXAMPLE_COUNT = search_count(200) if IS_SOAK else 5


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    """A server that asks for its token, so that what is said of credentials is tried too."""
    # Thousands of requests from one address, some of which may force a breaker open.
    environ = {"ENABLE_RATE_LIMIT": "false", "ENABLE_CIRCUIT_BREAKER": "false"}
    with ServerProcess(tmp_path, **environ) as server:
        server.wait_until_ready()
        yield server


@pytest.mark.soak
@pytest.mark.timeout(1800 if IS_SOAK else 300)
def test_every_operation_does_what_the_document_says(server: ServerProcess) -> None:
    with server.client() as http:
        paths = http.get("/openapi.json").json()["paths"]
        http.post("/api/tenants", json={"id": TENANT, "name": "Tried"}).raise_for_status()
    operation_count = sum(len(operations) for operations in paths.values())

    run = _schemathesis(server, example_count=EXAMPLE_COUNT)

    assert run.returncode == 0, run.stdout + run.stderr
    assert re.search(rf"^ +Tested: {operation_count}$", run.stdout, re.MULTILINE), run.stdout
    assert "Traceback" not in server.said()


def _schemathesis(
    server: ServerProcess, *, example_count: int
) -> "subprocess.CompletedProcess[str]":
    # The same requests each time in make test and in CI, and others each time in make soak.
    chosen = [] if IS_SOAK and not IS_CI else ["--generation-deterministic"]
    return subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli"),
            *("--config-file", str(ROOT / "tests/support/schemathesis.toml")),
            *("run", f"{server.record.address}/openapi.json"),
            *("--header", f"Authorization: Bearer {server.record.token}"),
            *("--max-examples", str(example_count)),
            *chosen,
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
