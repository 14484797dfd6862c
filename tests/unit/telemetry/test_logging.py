import io
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import structlog

from tenantry.base.errors import Invalid
from tenantry.telemetry import LogSink, active_sink, bind, configure_logging, get_logger

EARLY = get_logger("tests.early")


class Terminal(io.BytesIO):
    def isatty(self) -> bool:
        return True


class Log:
    """The lines that loggers write while a test runs."""

    def __init__(self) -> None:
        self.stream = io.BytesIO()
        self.sink: LogSink = configure_logging(level="info", format="json", stream=self.stream)

    @property
    def lines(self) -> list[dict[str, Any]]:
        self.sink.flush()
        return [msgspec.json.decode(line) for line in self.stream.getvalue().splitlines()]


@pytest.fixture
def log() -> Iterator[Log]:
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    log = Log()
    yield log
    log.sink.stop()
    root.setLevel(level)
    root.handlers[:] = handlers
    structlog.reset_defaults()


def test_a_logger_made_before_the_configuration_writes_to_it(log: Log) -> None:
    EARLY.bind(worker="w").info("hello", count=1)

    (line,) = log.lines
    assert (line["event"], line["level"], line["logger"]) == ("hello", "info", "tests.early")
    assert (line["worker"], line["count"]) == ("w", 1)


def test_every_kind_of_logger_ends_in_the_same_sink_in_order(log: Log) -> None:
    get_logger("a").warning("one")
    logging.getLogger("uvicorn.error").warning("t%s", "wo")
    structlog.get_logger().error("three")
    log.sink.line("info", "four")

    assert [(line["event"], line["level"]) for line in log.lines] == [
        ("one", "warning"),
        ("two", "warning"),
        ("three", "error"),
        ("four", "info"),
    ]


def test_every_logger_carries_the_context(log: Log) -> None:
    with bind(correlation_id="c", tenant_id="acme"):
        get_logger("a").info("one")
        logging.getLogger("litestar").info("two")

    assert {(line["correlation_id"], line["tenant_id"]) for line in log.lines} == {("c", "acme")}


def test_lines_below_the_level_are_left_out_of_every_logger(log: Log) -> None:
    get_logger("a").debug("no")
    logging.getLogger("psycopg.pool").debug("no")
    logging.getLogger("uvicorn.access").info("we log requests ourselves")

    assert log.lines == []


def test_an_exception_is_written_with_its_traceback(log: Log) -> None:
    try:
        int("bob@example.com")
    except ValueError as error:
        get_logger("a").exception("failed")
        get_logger("a").error("failed", exc_info=error)
        logging.getLogger("b").exception("failed")

    for line in log.lines:
        assert line["level"] == "error"
        assert line["exception"].startswith("Traceback (most recent call last):")
        assert line["exception"].endswith("with base 10: 'b***@example.com'")


def test_extra_attributes_of_a_standard_record_become_fields(log: Log) -> None:
    logging.getLogger("b").info("done", extra={"count": 1, "password": "p"})

    (line,) = log.lines
    assert (line["count"], line["password"]) == (1, "[redacted]")


def test_a_wrong_format_string_of_somebody_else_is_still_a_line(log: Log) -> None:
    record = logging.makeLogRecord(
        {"name": "b", "levelname": "INFO", "msg": "%d items", "args": ("three",)}
    )
    # Straight to the handler of ours: the test runner's raises, and tells nobody of the line.
    for handler in logging.getLogger().handlers:
        if type(handler).__module__.startswith("tenantry."):
            handler.handle(record)

    assert log.lines[0]["event"] == "%d items ('three',)"


def test_levels_of_others_become_ours(log: Log) -> None:
    logging.getLogger("b").log(25, "between")
    logging.getLogger("b").critical("the end")

    assert [line["level"] for line in log.lines] == ["info", "critical"]


def test_an_event_that_is_no_text_is_written(log: Log) -> None:
    get_logger("a").info(ValueError("x"))  # type: ignore[arg-type]  # somebody will
    get_logger("a").info("%s of %s", 1, 2)

    assert [line["event"] for line in log.lines] == ["x", "1 of 2"]


def test_a_second_configuration_writes_out_the_first_and_replaces_it(log: Log) -> None:
    get_logger("a").info("first")
    other = io.BytesIO()
    second = configure_logging(format="json", stream=other)
    get_logger("a").info("second")
    logging.getLogger("b").info("third")
    second.stop()

    assert active_sink() is second
    assert [line["event"] for line in log.lines] == ["first"]
    assert other.getvalue().count(b"\n") == 2


@pytest.mark.usefixtures("log")
def test_without_a_format_a_terminal_gets_colours_and_anything_else_json() -> None:
    for stream, begins in ((Terminal(), b"\x1b["), (io.BytesIO(), b"{")):
        sink = configure_logging(stream=stream)
        sink.line("info", "hello")
        sink.stop()
        assert stream.getvalue().startswith(begins)


@pytest.mark.usefixtures("log")
def test_the_text_format_matches_the_runbooks_greps(tmp_path: Path) -> None:
    path = tmp_path / "log"
    sink = configure_logging(format="text", file=path)
    sink.line("info", 'PUT /config/my_config - Setting value: "my_value"', name="my_config")
    sink.stop()

    assert '[info] PUT /config/my_config - Setting value: "my_value"' in path.read_text()


@pytest.mark.parametrize("wrong", [{"level": "loud"}, {"format": "xml"}])
def test_a_wrong_level_or_format_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match="wants"):
        configure_logging(**wrong)


def test_a_process_that_ends_has_written_its_last_line() -> None:
    program = (
        "from tenantry.telemetry import configure_logging, get_logger\n"
        "configure_logging(format='json')\n"
        "get_logger('a').info('the last line')\n"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)

    assert b'"event":"the last line"' in result.stderr
    assert result.stdout == b""
