"""The replica's file: what it keeps, and what is refused."""

import logging
import stat
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tenantry.sdk import ConfigChange
from tenantry.sdk.cache import CacheFile, CacheSaver, Saved
from tenantry.sdk.connection import Connection
from tests.support.waiting import wait_until

NOW = datetime(2024, 1, 15, tzinfo=UTC)
HUGE = 10**25


def entry(name: str, value: object, *, secret: bool = False) -> ConfigChange:
    return ConfigChange(
        name=name, value=value, version=1, position=1, updated_at=NOW, is_secret=secret
    )


SAVED = Saved(position=7, heard_at=NOW, entries=(entry("a", {"b": [1, None, HUGE, 0.1, "ä"]}),))


def file_at(path: Path, *, prefix: str = "", **connection: str | None) -> CacheFile:
    options = {"server": "http://one", "tenant": "acme", "token": "hush", **connection}
    return CacheFile(path, connection=Connection(**options), prefix=prefix)  # type: ignore[arg-type]  # none of them is verify


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "settings.cache"


def test_what_is_saved_is_loaded(path: Path) -> None:
    file_at(path).save(SAVED)
    loaded = file_at(path).load()

    assert loaded is not None
    assert (loaded.position, loaded.heard_at, loaded.entries) == (7, NOW, SAVED.entries)


def test_a_file_that_is_not_there_is_none(path: Path) -> None:
    assert file_at(path).load() is None


def test_only_its_owner_may_read_it(path: Path) -> None:
    path.write_text("older, and open to all")
    path.chmod(0o644)

    file_at(path).save(SAVED)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_the_value_of_a_secret_is_never_written(path: Path) -> None:
    secret = entry("key", "hunter2", secret=True)
    file_at(path).save(Saved(position=7, heard_at=NOW, entries=(secret,)))

    assert b"hunter2" not in path.read_bytes()
    loaded = file_at(path).load()
    assert loaded is not None
    assert [(each.value, each.is_secret) for each in loaded.entries] == [("[secret]", True)]


def test_the_token_is_never_written(path: Path) -> None:
    file_at(path).save(SAVED)

    assert b"hush" not in path.read_bytes()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: content[:-1],
        lambda content: content[: len(content) // 2],
        lambda content: content.replace(b'"position":7', b'"position":8'),
        lambda content: content + b" ",
        lambda content: content.partition(b"\n")[2],
        lambda _: b"",
    ],
    ids=["cut by a byte", "cut in half", "edited", "longer", "without its digest", "empty"],
)
def test_a_torn_or_edited_file_is_refused(
    path: Path, caplog: pytest.LogCaptureFixture, spoil: Callable[[bytes], bytes]
) -> None:
    file_at(path).save(SAVED)
    path.write_bytes(spoil(path.read_bytes()))

    assert file_at(path).load() is None
    assert "damaged or another's" in caplog.text


@pytest.mark.parametrize(
    "other",
    [
        {"server": "http://two"},
        {"tenant": "globex"},
        {"tenant": None},
        {"prefix": "app:"},
        {"token": "other"},
        {"token": None},
    ],
)
def test_a_file_of_somebody_else_is_refused(
    path: Path, caplog: pytest.LogCaptureFixture, other: dict[str, str]
) -> None:
    file_at(path).save(SAVED)

    with caplog.at_level(logging.WARNING):
        assert file_at(path, **other).load() is None
    assert "is ignored" in caplog.text


def test_a_file_that_cannot_be_read_is_none(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert file_at(tmp_path).load() is None
    assert "is ignored" in caplog.text


def test_a_stop_saves_for_the_last_time(path: Path) -> None:
    saver = CacheSaver(file_at(path), take=lambda: SAVED)
    saver.start()
    saver.stop()

    assert file_at(path).load() is not None


def test_what_is_touched_is_saved_soon_and_not_for_each_touch(path: Path) -> None:
    taken: list[Saved] = []

    def take() -> Saved:
        taken.append(SAVED)
        return SAVED

    saver = CacheSaver(file_at(path), take=take)
    saver.start()
    for _ in range(1_000):
        saver.touch()
    wait_until(path.exists)
    saver.stop()

    assert len(taken) <= 3


def test_a_file_that_cannot_be_written_harms_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    done = threading.Event()

    def take() -> Saved:
        done.set()
        return SAVED

    saver = CacheSaver(file_at(tmp_path / "no" / "folder"), take=take)
    saver.start()
    saver.touch()
    done.wait(10)
    saver.stop()

    assert "was not written" in caplog.text
