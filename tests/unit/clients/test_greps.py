"""Each `grep` of the requirement, run by grep itself, finds what it promises in a log file."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Literal

import pytest

from tenantry.clients.service.narration import ClientNarration
from tenantry.telemetry import Metrics, configure_logging, observe_spans
from tenantry.testing import FakeClock
from tests.support.narrated import EMAIL, tell_of_everything

pytestmark = pytest.mark.skipif(
    shutil.which("grep") is None or shutil.which("bash") is None, reason="grep is not installed"
)

Format = Literal["json", "text"]
BOTH: tuple[Format, ...] = ("json", "text")

# The command, as the requirement has it; how many lines it finds, and what is in the first.
GREPS = [
    ('grep "Route.*has changes" server.log', 5, "Route page-0 has changes"),
    ('grep "Adding new route" server.log', 3, "Adding new route new-0"),
    # The line with the counts says "removed" too.
    ('grep "Route.*removed" server.log', 2, "Route old removed"),
    (
        'grep "Route synchronization complete" server.log',
        1,
        (
            "Route synchronization complete for My Client: "
            "3 added, 5 updated, 1 removed, 20 unchanged, 2 errors"
        ),
    ),
    ('grep "ERROR" server.log | grep -i "client\\|route"', 5, "Validation error for My Client"),
    (
        'grep "Client startup process completed" server.log',
        1,
        "completed: 1 clients configured, 1 clients failed",
    ),
    ('grep "Validation.*error" server.log', 2, "$.routes[3]: path is missing"),
    ('grep "validation.*error" server.log -A 10', 2, "$.routes[3]: path is missing"),
    ('grep "comprehensive upsert" server.log', 2, "Starting comprehensive upsert for My Client"),
    ('grep "errorType" server.log | sort | uniq -c', 5, "missing_fields"),
    ('grep "duration_seconds" server.log', 7, "duration_seconds"),
    ('grep "Installing.*components" server.log', 1, "Installing 3 components for My Client"),
    ('grep "clients configured" server.log', 1, "1 clients configured"),
    ('grep "clients failed" server.log', 1, "1 clients failed"),
    ('grep "Operation completed in [0-9.]*s" server.log', 2, "Operation completed in 0.00s"),
]
METRIC_GREPS = [
    ("grep client_", "client_config_upsert_total{"),
    ("grep route_sync", "client_route_sync_duration_seconds_bucket{"),
    ("grep _errors_total", "client_user_creation_errors_total{"),
]


def write_log(folder: Path, form: Format | None) -> None:
    sink = configure_logging(level="debug", format=form, file=folder / "server.log")
    tell_of_everything(ClientNarration(FakeClock()))
    sink.stop()


def run(command: str, folder: Path, given: bytes = b"") -> list[str]:
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, input=given, capture_output=True, check=True
    )
    return [line for line in done.stdout.decode().splitlines() if line != "--"]


@pytest.mark.parametrize("form", [None, *BOTH], ids=["default", *BOTH])
@pytest.mark.parametrize("command, count, expected", GREPS, ids=[each[0] for each in GREPS])
def test_a_grep_finds_what_it_promises(
    tmp_path: Path, form: Format | None, command: str, count: int, expected: str
) -> None:
    write_log(tmp_path, form)

    lines = run(command, tmp_path)

    assert expected in lines[0]
    if " -A " not in command:
        assert len(lines) == count


def test_a_client_is_found_by_its_key_in_a_log_of_text(tmp_path: Path) -> None:
    write_log(tmp_path, "text")

    lines = run('grep "clientKey=\\"problematic-client\\"" server.log', tmp_path)

    assert [re.findall(r"\[\w+\]", line)[0] for line in lines] == [
        "[info]",
        "[error]",
        "[info]",
        "[error]",
    ]


def test_a_client_is_found_by_its_key_in_a_log_of_json(tmp_path: Path) -> None:
    # Nothing that is JSON holds the text that the requirement looks for.
    write_log(tmp_path, None)

    assert len(run('grep \'"clientKey":"problematic-client"\' server.log', tmp_path)) == 4


@pytest.mark.parametrize("form", BOTH)
def test_the_log_names_nobody_by_their_address(tmp_path: Path, form: Format) -> None:
    write_log(tmp_path, form)

    assert EMAIL not in (tmp_path / "server.log").read_text()


@pytest.mark.parametrize("command, expected", METRIC_GREPS)
def test_a_grep_of_the_metrics_finds_what_it_promises(
    tmp_path: Path, command: str, expected: str
) -> None:
    metrics = Metrics(dropped_lines=lambda: 0)
    unobserve = observe_spans(metrics)
    write_log(tmp_path, None)
    unobserve()

    lines = run(command, tmp_path, metrics.render())

    assert any(line.startswith(expected) for line in lines)
