"""What is told of clients: the lines, their levels, and what stays out of them."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tenantry.base.errors import Unavailable
from tenantry.clients.errors import Guarded
from tenantry.clients.model import FailedClient, StartupResult
from tenantry.clients.service.narration import ClientNarration
from tenantry.clients.service.upsert_narration import ERROR_LINES
from tenantry.telemetry import active_sink, configure_logging
from tenantry.tenants import Stale
from tenantry.testing import FakeClock
from tests.support.narrated import (
    BROKEN_ROUTE,
    EMAIL,
    MASKED,
    MISSING,
    USER_ERROR,
    USER_ID,
    WRONG,
    plan_of,
    result_of,
    tell_of_everything,
)

REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "telemetry.md"


class Log:
    """A log file, as JSON."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def text(self) -> str:
        active_sink().flush()
        return self._path.read_text()

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text().splitlines()]

    def with_level(self, level: str) -> list[str]:
        return [line["event"] for line in self.lines() if line["level"] == level]


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    path = tmp_path / "server.log"
    sink = configure_logging(level="debug", file=path)
    yield Log(path)
    sink.stop()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def narration(clock: FakeClock) -> ClientNarration:
    return ClientNarration(clock)


def test_an_upsert_is_told_in_the_words_of_its_requirement(
    narration: ClientNarration, clock: FakeClock, log: Log
) -> None:
    with narration.upsert("my-client", "My Client", "acme", "update") as told:
        told.plan(plan_of())
        clock.advance(1.25)
        told.applied(result_of())

    assert log.with_level("info") == [
        "Starting comprehensive upsert for My Client",
        "Installing 3 components for My Client",
        (
            "Route synchronization complete for My Client: "
            "3 added, 5 updated, 1 removed, 20 unchanged, 0 errors"
        ),
        (
            "Menu synchronization complete for My Client: "
            "0 added, 0 updated, 0 removed, 2 unchanged, 0 errors"
        ),
        (
            "Component synchronization complete for My Client: "
            "2 added, 1 updated, 0 removed, 0 unchanged, 0 errors"
        ),
        (
            "User synchronization complete for My Client: "
            "1 added, 0 updated, 0 removed, 1 unchanged, 0 errors"
        ),
        "Operation completed in 1.25s",
    ]
    routes = next(line for line in log.lines() if "Route sync" in line["event"])
    assert routes["duration_seconds"] == 1.25
    assert routes["clientKey"] == "my-client"
    assert routes["tenant_id"] == "acme"


def test_single_changes_are_lines_of_level_debug(narration: ClientNarration, log: Log) -> None:
    with narration.upsert("my-client", "My Client", "acme", "update") as told:
        told.plan(plan_of())
        told.applied(result_of())

    lines = log.with_level("debug")
    assert lines[:3] == [f"Adding new route new-{n}" for n in range(3)]
    assert lines[3:8] == [f"Route page-{n} has changes" for n in range(5)]
    assert lines[8] == "Route old removed"
    assert lines[9:] == [f"User {MASKED} has changes"]


def test_a_change_names_fields_and_no_values(narration: ClientNarration, log: Log) -> None:
    with narration.upsert("my-client", "My Client", "acme", "update") as told:
        told.plan(plan_of())
        told.applied(result_of())

    (changed,) = [line for line in log.lines() if line["event"] == "Route page-0 has changes"]
    assert changed["fields"] == ["componentProps.token"]
    assert "hunter2" not in log.text()


def test_what_was_refused_is_not_told_as_done(narration: ClientNarration, log: Log) -> None:
    with narration.upsert("my-client", "My Client", "acme", "update") as told:
        told.plan(plan_of())
        told.failed("update_failed", "somebody else was there first")

    assert log.with_level("debug") == []
    assert log.with_level("error") == ["Failed to upsert My Client: somebody else was there first"]


def test_an_unmanaged_collection_is_not_spoken_of(narration: ClientNarration, log: Log) -> None:
    plan = plan_of()
    unmanaged = type(plan.menus)(is_managed=False)
    with narration.upsert("my-client", "My Client", "acme", "update") as told:
        told.plan(plan_of(menus=unmanaged, users=unmanaged, components=unmanaged))
        told.applied(result_of())

    assert [line.split()[0] for line in log.with_level("info")] == [
        "Starting",
        "Route",
        "Operation",
    ]


def test_a_declaration_that_was_applied_before_is_no_news(
    narration: ClientNarration, log: Log
) -> None:
    with narration.upsert("my-client", "My Client", "acme", "update") as told:
        told.applied(result_of(is_skipped=True, changed=False))

    assert log.with_level("debug") == ["Client My Client is as it was applied last"]
    assert log.lines()[-1]["outcome"] == "unchanged"


def test_what_was_held_back_is_a_warning(narration: ClientNarration, log: Log) -> None:
    with narration.upsert("my-client", "My Client", "acme", "update") as told:
        told.skipped("revision 3 was rolled back")

    assert log.with_level("warning") == ["Client My Client skipped: revision 3 was rolled back"]


def test_an_item_that_fails_is_told_twice_as_kept_and_with_its_reason(
    narration: ClientNarration, log: Log
) -> None:
    tell_of_everything(narration)

    assert log.with_level("warning") == ["Route about skipped: it keeps its stored version, if any"]
    assert log.with_level("error")[:2] == [
        "Validation error for My Client: $.routes[3]: path is missing",
        "Failed to process route broken for My Client: no such page",
    ]


def test_a_whole_pass_that_fails_is_named(narration: ClientNarration, log: Log) -> None:
    failed = type(BROKEN_ROUTE)(error_type="sync_failed", message="too many", path="$.routes")
    with narration.upsert("my-client", "My Client", "acme", "update") as told:
        told.applied(result_of(errors=(failed,)))

    assert log.with_level("error") == ["Failed to synchronize routes for My Client: too many"]


def test_a_user_error_has_the_id_and_the_masked_address_and_no_more(
    narration: ClientNarration, log: Log
) -> None:
    with narration.upsert("my-client", "My Client", "acme", "update") as told:
        told.plan(plan_of())
        told.applied(result_of(errors=(USER_ERROR,)))

    (line,) = [line for line in log.lines() if line["level"] == "error"]
    assert line["event"] == f"Failed to process user {MASKED} for My Client"
    assert (line["user_id"], line["email"]) == (USER_ID, MASKED)
    for secret in (EMAIL, "Lovelace", "hunter2"):
        assert secret not in log.text()


def test_two_users_who_look_alike_are_not_mistaken(narration: ClientNarration, log: Log) -> None:
    plan = plan_of()
    (ada,) = plan.users.changes
    twin = type(ada)(action="updated", identity=MASKED, id="0199-alan")
    users = type(plan.users)(changes=(ada, twin))
    with narration.upsert("my-client", "My Client", "acme", "update") as told:
        told.plan(plan_of(users=users))
        told.applied(result_of(errors=(USER_ERROR,)))

    (line,) = [line for line in log.lines() if line["level"] == "error"]
    assert line["email"] == MASKED
    assert "user_id" not in line


def test_a_user_error_may_name_the_user_by_id(narration: ClientNarration, log: Log) -> None:
    error = type(USER_ERROR)(
        error_type="processing_error", message="x", path="$.users[0]", item_key=USER_ID
    )
    with narration.upsert("my-client", "My Client", "acme", "update") as told:
        told.applied(result_of(errors=(error,)))

    (line,) = [line for line in log.lines() if line["level"] == "error"]
    assert line["user_id"] == USER_ID


def test_an_exception_is_a_failure_and_passes_on(narration: ClientNarration, log: Log) -> None:
    with (
        pytest.raises(RuntimeError),
        narration.upsert("my-client", "My Client", "acme", "update"),
    ):
        raise RuntimeError(EMAIL)

    (line,) = [line for line in log.lines() if line["level"] == "error"]
    assert line["event"] == "Failed to upsert My Client: RuntimeError"
    assert line["errorType"] == "general_failure"
    assert log.lines()[-1]["outcome"] == "failed"


@pytest.mark.parametrize(
    "operation, error, expected",
    [
        ("create", Guarded("3 routes would go"), "creation_failed"),
        ("update", Guarded("3 routes would go"), "update_failed"),
        ("update", Unavailable("the database is away"), "general_failure"),
    ],
)
def test_an_error_of_ours_has_its_type_and_its_message(
    narration: ClientNarration, log: Log, operation: Any, error: Exception, expected: str
) -> None:
    with (
        pytest.raises(type(error)),
        narration.upsert("my-client", "", "acme", operation),
    ):
        raise error

    (line,) = [line for line in log.lines() if line["level"] == "error"]
    assert line["event"] == f"Failed to upsert my-client: {error}"
    assert line["errorType"] == expected


def test_a_failure_that_was_told_is_not_told_again(narration: ClientNarration, log: Log) -> None:
    def fail() -> None:
        with narration.upsert("my-client", "My Client", "acme", "update") as told:
            told.failed("update_failed", "3 routes would go")
            raise Guarded("3 routes would go")

    with pytest.raises(Guarded):
        fail()

    assert len(log.with_level("error")) == 1


def test_who_was_overtaken_has_not_failed(narration: ClientNarration, log: Log) -> None:
    with (
        pytest.raises(Stale),
        narration.upsert("my-client", "My Client", "acme", "update"),
    ):
        raise Stale

    assert log.with_level("error") == []
    assert log.with_level("warning") == ["Client My Client was changed by somebody else meanwhile"]
    assert log.lines()[-1]["outcome"] == "unchanged"


def test_a_file_that_could_not_be_read_is_told_with_its_errors(
    narration: ClientNarration, log: Log
) -> None:
    failed = FailedClient(key="", file="acme/broken.yaml", errors=(WRONG,), command="…")
    narration.startup(StartupResult(clients_failed=(failed,)))

    assert log.with_level("error") == [
        f"Validation error for acme/broken.yaml: {WRONG.path}: {WRONG.message}",
        "Client acme/broken.yaml failed and keeps its old revision",
    ]


def test_errors_without_end_end(narration: ClientNarration, log: Log) -> None:
    with narration.upsert("my-client", "My Client", "acme", "update") as told:
        told.failed("validation_failed", "many", [WRONG] * (ERROR_LINES + 7))

    lines = log.with_level("error")
    assert len(lines) == ERROR_LINES + 1
    assert lines[-1] == "7 more errors for My Client"


def test_a_start_is_told_with_its_counts_and_what_to_run(
    narration: ClientNarration, log: Log
) -> None:
    tell_of_everything(narration)

    completed, failed = log.lines()[-1], log.lines()[-2]
    assert completed["event"] == (
        "Client startup process completed: 1 clients configured, 1 clients failed"
    )
    assert (completed["level"], completed["duration_seconds"]) == ("info", 0.25)
    assert failed["event"] == "Client problematic-client failed and keeps its old revision"
    assert failed["error"] == WRONG.message
    assert failed["command"] == "tenantry clients validate acme/problematic-client.yaml"


def test_a_node_without_the_lease_says_who_has_it(narration: ClientNarration, log: Log) -> None:
    narration.startup(StartupResult(has_lease=False, holder="node-2"))

    assert log.with_level("info") == ["Client startup process left to node-2, which has the lease"]


def test_missing_fields_are_validation_too(narration: ClientNarration, log: Log) -> None:
    with narration.upsert("my-client", "My Client", "acme", "update") as told:
        told.failed("missing_fields", "1 error", [MISSING])

    (line,) = [line for line in log.lines() if line["level"] == "error"]
    assert (line["step"], line["errorType"]) == ("validation", "missing_fields")


@pytest.mark.docs
def test_every_line_is_documented_with_its_level(narration: ClientNarration, log: Log) -> None:
    _, _, section = REFERENCE.read_text().partition("### Lines about clients")
    section, _, _ = section.partition("## Metrics")
    documented = [
        (_pattern(text), level)
        for row, level in re.findall(r"^\| (`.+?`) \| (\w+) \|", section, re.MULTILINE)
        for text in re.findall(r"`([^`]+)`", row)
    ]

    tell_of_everything(narration)
    with narration.upsert("my-client", "My Client", "acme", "update") as told:
        told.skipped("revision 3 was rolled back")
        told.failed("sync_failed", "many", [WRONG] * (ERROR_LINES + 1))

    written = {(line["event"], line["level"]) for line in log.lines()}
    assert written
    assert [
        (text, level)
        for text, level in written
        if not any(re.fullmatch(p, text) and level == wanted for p, wanted in documented)
    ] == []


def _pattern(text: str) -> str:
    """Return what matches a documented line, of any kind of item."""
    open_text = re.sub(r"N\.NN|\b(?:NAME|KEY|EMAIL|PATH|NODE|[AURXEMN])\b", "…", text)
    escaped = re.escape(open_text).replace("…", ".*")
    return re.sub(r"(?i)\broutes?\b", r"[A-Za-z]+", escaped)
