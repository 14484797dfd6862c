"""Lines that branch off: those of some work, and of no other, go to another place too."""

import io
import logging
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import structlog

from tenantry.telemetry import (
    Context,
    Metrics,
    active_sink,
    bind,
    branch_lines,
    configure_logging,
    get_logger,
)
from tenantry.telemetry.branch import BRANCHES
from tests.support.waiting import wait_until

LOGGER = get_logger("tests.branch")


class Place:
    """A target that can be broken."""

    def __init__(self) -> None:
        self.written = b""
        self.is_broken = False
        self.is_closed = False

    def write(self, data: bytes) -> None:
        if self.is_broken:
            raise PermissionError("read-only")
        self.written += data

    def close(self) -> None:
        self.is_closed = True

    @property
    def lines(self) -> list[dict[str, Any]]:
        for branch in BRANCHES.present:
            branch.sink.flush()
        return [msgspec.json.decode(line) for line in self.written.splitlines()]


def is_of_a_run(context: Context) -> bool:
    return (context.correlation_id or "").startswith("run-")


@pytest.fixture
def log() -> Iterator[io.BytesIO]:
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    stream = io.BytesIO()
    sink = configure_logging(level="warning", format="json", stream=stream)
    yield stream
    sink.stop()
    root.setLevel(level)
    root.handlers[:] = handlers
    structlog.reset_defaults()


@pytest.fixture
def place(log: io.BytesIO) -> Iterator[Place]:  # noqa: ARG001 - configured first
    place = Place()
    end = branch_lines(is_of_a_run, target=place)
    yield place
    end()


def told(log: io.BytesIO) -> list[str]:
    active_sink().flush()
    return [msgspec.json.decode(line)["event"] for line in log.getvalue().splitlines()]


def test_a_line_of_the_work_goes_to_both_places(place: Place, log: io.BytesIO) -> None:
    with bind(correlation_id="run-1", tenant_id="acme"):
        LOGGER.warning("of ours", count=1)
    LOGGER.warning("of nobody")

    (line,) = place.lines
    assert (line["event"], line["count"]) == ("of ours", 1)
    assert (line["correlation_id"], line["tenant_id"]) == ("run-1", "acme")
    assert told(log) == ["of ours", "of nobody"]


def test_it_has_a_level_of_its_own(place: Place, log: io.BytesIO) -> None:
    with bind(correlation_id="run-1"):
        LOGGER.info("worth a line here")
        LOGGER.debug("worth none")

    assert [line["event"] for line in place.lines] == ["worth a line here"]
    assert told(log) == []


def test_lines_of_libraries_branch_off_too(place: Place) -> None:
    with bind(correlation_id="run-1"):
        logging.getLogger("aiohttp.client").warning("of a %s", "library")

    assert [line["event"] for line in place.lines] == ["of a library"]


def test_secrets_are_masked_there_as_everywhere(place: Place) -> None:
    with bind(correlation_id="run-1"):
        LOGGER.warning("ada@acme.example asks", password="hunter2")

    (line,) = place.lines
    assert line["event"] == "a***@acme.example asks"
    assert line["password"] == "[redacted]"


def test_a_place_that_takes_nothing_is_one_warning_and_no_failure(
    place: Place, log: io.BytesIO
) -> None:
    place.is_broken = True
    for number in range(3):
        with bind(correlation_id="run-1"):
            LOGGER.info("lost", number=number)
        assert place.lines == []

    wait_until(lambda: told(log))
    assert told(log) == ["A log file cannot be written"]
    assert "PermissionError: read-only" in log.getvalue().decode()
    assert b"tenantry_log_lines_dropped_total 3.0" in Metrics().render()


def test_it_says_how_many_are_lost_once_it_is_mended(place: Place, log: io.BytesIO) -> None:
    place.is_broken = True
    with bind(correlation_id="run-1"):
        LOGGER.info("lost")
        assert place.lines == []
        place.is_broken = False
        LOGGER.info("written")
        assert [line["event"] for line in place.lines] == ["written", "1 log lines dropped"]
        place.is_broken = True
        LOGGER.info("lost again")
        assert len(place.lines) == 2

    wait_until(lambda: len(told(log)) == 2)


@pytest.mark.usefixtures("log")
def test_after_its_end_nothing_branches_off() -> None:
    place = Place()
    end = branch_lines(is_of_a_run, target=place)
    end()
    with bind(correlation_id="run-1"):
        LOGGER.warning("later")

    assert place.written == b""
    assert place.is_closed
    assert BRANCHES.present == ()
