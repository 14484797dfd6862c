"""What the fault tests ask for beside the databases: a zygote, servers to stop, bad disks."""

import os
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tenantry.testing.vfs import FaultyDisk
from tests.faults.harness import Zygote
from tests.faults.own_postgres import OwnPostgres
from tests.support.postgres import Postgres
from tests.support.temporal import OwnTemporal, started


@pytest.fixture(scope="session")
def _zygote() -> Iterator[Zygote]:
    zygote = Zygote()
    yield zygote
    zygote.close()


@pytest.fixture
def zygote(_zygote: Zygote) -> Iterator[Zygote]:
    """The process that forks workloads; what a test leaves running is killed."""
    yield _zygote
    _zygote.kill_all()


@pytest.fixture(scope="session")
def _own_postgres(postgres: Postgres) -> Iterator[OwnPostgres]:  # noqa: ARG001 - skips where it cannot be had
    server = OwnPostgres()
    server.start()
    yield server
    server.remove()


@pytest.fixture
def own_postgres(_own_postgres: OwnPostgres) -> Iterator[OwnPostgres]:
    """A PostgreSQL server that a test may stop and kill; the next test finds it running."""
    yield _own_postgres
    _own_postgres.start()


@pytest.fixture
def own_postgres_url(own_postgres: OwnPostgres) -> Iterator[str]:
    """The URL of an empty database on the server that may be stopped."""
    with own_postgres.fresh_database() as url:
        yield url
        own_postgres.start()


@pytest.fixture
def own_temporal(temporal: str, tmp_path: Path) -> Iterator[OwnTemporal]:  # noqa: ARG001 - as above
    """A Temporal server on a file, which a test may stop, start again and pause."""
    server = started(lambda port: OwnTemporal(tmp_path, port=port))
    yield server
    server.resume()
    server.stop()


@pytest.fixture
def disk() -> Iterator[FaultyDisk]:
    """A disk of its own for each test, which works until it is told to fail."""
    disk = FaultyDisk(name=f"faulty-{secrets.token_hex(4)}")
    yield disk
    disk.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """The folder of a real disk with room for four megabytes."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder], check=False, capture_output=True
    )
    if mount.returncode:
        if os.environ.get("CI") == "true" and os.geteuid() == 0:
            pytest.fail(f"root cannot mount a small disk: {mount.stderr.decode().strip()}")
        pytest.skip("a small disk cannot be mounted here: that takes root")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)
