"""A rotation of the master key that is killed at any point loses nothing, and is mended."""

import signal
import stat
from pathlib import Path
from typing import Any

import pytest

from tenantry.operations import KeyFile
from tests.faults.harness import Crash, Reports, Zygote
from tests.faults.vault_workloads import OWNERS, rotate_master

# Where to die: before anything is wrapped anew, inside the transaction that does it, between its
# commit and the replacement of the file, and behind that.
POINTS = {
    "new key written": Crash("tenantry.operations.master_key_prepared"),
    "rewrap not durable": Crash("tenantry.vault.rewrapping"),
    "rewrap durable": Crash("tenantry.vault.rewrapped"),
    "file replaced": Crash("tenantry.operations.master_key_replaced"),
}
# Whether the data keys are under the new master key by then.
IS_ROTATED = {
    "new key written": False,
    "rewrap not durable": False,
    "rewrap durable": True,
    "file replaced": True,
}


class Lives:
    """Lives on one database and one file, each of which opens what the first has sealed."""

    def __init__(self, zygote: Zygote, url: str, folder: Path) -> None:
        self._zygote = zygote
        self._url = url
        self._sealed: dict[str, str] = {}
        self.path = folder / "data" / "master.key"

    @property
    def fingerprint(self) -> str:
        """What the key of the file is known by."""
        master = KeyFile(self.path).find()
        assert master is not None
        return master.fingerprint

    def live(self, *, crash: Crash | None = None, is_last: bool = False) -> Reports:
        """Run one life to its end, which is at `crash` where there is one."""
        process = self._zygote.fork(
            rotate_master,
            url=self._url,
            crash=crash,
            file=str(self.path),
            sealed=self._sealed,
            is_last=is_last,
        )
        assert process.wait() == (-signal.SIGKILL if crash else 0)
        ((self._sealed, _, counts),) = process.reports.of("opened")
        assert sum(counts.values()) == len(OWNERS)
        assert len(counts) == 1
        return process.reports


@pytest.fixture
def lives(zygote: Zygote, database_url: str, tmp_path: Path) -> Lives:
    lives = Lives(zygote, database_url, tmp_path)
    lives.live(is_last=True)
    return lives


def fingerprint_of(reports: Reports) -> Any:
    ((_, fingerprint, _),) = reports.of("opened")
    return fingerprint


@pytest.mark.parametrize("point", POINTS)
def test_the_next_start_finds_the_master_key_that_counts(lives: Lives, point: str) -> None:
    before = lives.fingerprint
    lives.live(crash=POINTS[point])

    found = lives.live(is_last=True)

    assert (fingerprint_of(found) != before) == IS_ROTATED[point]
    assert fingerprint_of(found) == lives.fingerprint
    assert stat.S_IMODE(lives.path.stat().st_mode) == 0o600


@pytest.mark.parametrize("point", POINTS)
def test_the_next_rotation_goes_through(lives: Lives, point: str) -> None:
    before = lives.fingerprint
    lives.live(crash=POINTS[point])

    ((rotated,),) = lives.live().of("rotated")

    assert rotated == lives.fingerprint != before
    assert fingerprint_of(lives.live(is_last=True)) == rotated
    assert [file.name for file in lives.path.parent.iterdir()] == ["master.key"]


def test_a_rotation_killed_again_and_again_loses_nothing(lives: Lives) -> None:
    for point in [*POINTS.values()] * 2:
        lives.live(crash=point)

    assert fingerprint_of(lives.live(is_last=True)) == lives.fingerprint
