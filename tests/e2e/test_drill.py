"""`tenantry drill`, against a server that works, and against one with a mechanism out of order."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tenantry.operations.model import MECHANISMS, STEPS
from tests.support.command_line import CommandLine
from tests.support.server import ServerProcess
from tests.support.waiting import wait_until

LINES = [
    "✅ Error scenario handling: passed",
    "✅ Rate limiting: passed",
    "✅ Circuit breaker behavior: passed",
    "✅ Health monitoring: passed",
    "✅ Performance benchmarks: passed",
]


def test_a_server_gets_over_every_failure(served: CommandLine) -> None:
    assert served("drill") == 0, served.out + served.err

    *steps, blank = served.out.splitlines()[: -len(LINES)]
    assert served.out.splitlines()[-len(LINES) :] == LINES
    assert blank == ""
    told = [line for line in steps if not line.startswith("   ")]
    assert [line.partition(":")[0] for line in told] == [f"✅ {name}" for name in STEPS]
    assert all(line.endswith("detected, survived, recovered") for line in told)


@pytest.mark.postgres
def test_a_server_on_postgresql_gets_over_them_too(alone: CommandLine, postgres_url: str) -> None:
    with ServerProcess(alone.cwd, DATABASE_URL=postgres_url) as server:
        server.wait_until_ready()

        assert alone("drill", "--only", "database", "--only", "statement") == 0, alone.out


def test_a_server_without_workers_has_none_to_kill(alone: CommandLine) -> None:
    with ServerProcess(alone.cwd, ROLES="web") as server:
        server.wait_until_ready()

        assert alone("drill", "--only", "worker") == 0, alone.out
        assert "no worker works here" in alone.out


def test_who_has_used_up_the_limit_of_the_api_may_drill(alone: CommandLine) -> None:
    with ServerProcess(alone.cwd, API_RATE_LIMIT="60") as server:
        server.wait_until_ready()
        with server.client() as http:
            wait_until(lambda: http.get("/api/reliability/breakers").status_code == 429)

        assert alone("drill", "--only", "statement") == 0, alone.out


def test_a_drill_is_one_document_for_programs(served: CommandLine) -> None:
    told = served.json("drill", "--only", "health", "--only", "settings")

    assert told["ok"] is True
    assert [step["name"] for step in told["steps"]] == ["settings", "health"]
    assert all(step["evidence"] for step in told["steps"])
    assert told["summary"] == {"Error scenario handling": "passed", "Health monitoring": "passed"}


def test_without_a_server_this_process_is_drilled(alone: CommandLine) -> None:
    assert alone("drill", "--only", "database") == 0
    assert "an answer after 2 attempts" in alone.out


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_a_mechanism_out_of_order_is_named(alone: CommandLine, mechanism: str) -> None:
    assert alone("drill", "--only", mechanism, "--sabotage", mechanism) == 1
    assert f"error: did not work: {mechanism}" in alone.err
    assert f"❌ {mechanism}: " in alone.out


def test_what_is_in_order_passes_beside_what_is_not(alone: CommandLine) -> None:
    only = ("--only", "health", "--only", "statement")

    assert alone("drill", *only, "--sabotage", "statement") == 1
    assert "error: did not work: statement" in alone.err
    assert "✅ health: " in alone.out


def test_after_a_drill_the_next_may_begin(served: CommandLine) -> None:
    for _ in range(2):
        assert served("drill", "--only", "settings") == 0


def test_a_server_that_dies_in_a_drill_is_told_of(alone: CommandLine) -> None:
    def kill_once_begun(begin: int) -> None:
        with server.client() as http:
            wait_until(lambda: http.get("/api/log/head").json()["data"]["position"] > begin)
        server.process.kill()

    with ServerProcess(alone.cwd) as server, ThreadPoolExecutor(1) as threads:
        server.wait_until_ready()
        killed = threads.submit(kill_once_begun, alone.log_end())

        told = alone.json(
            "--server", server.record.address, "--token", server.record.token, "drill"
        )
        killed.result()

    assert alone.code == 1
    assert told["ok"] is False
    assert "no answer from" in told["steps"][-1]["evidence"]
    assert told["summary"]["Performance benchmarks"] == "failed"
    assert "did not work: " in alone.err


@pytest.mark.parametrize("option", ["--only", "--sabotage"])
def test_a_step_that_there_is_none_of_is_a_usage_error(alone: CommandLine, option: str) -> None:
    assert alone("drill", option, "coffee") == 64
    assert "coffee: wants one of settings, " in alone.err


def test_breakers_are_listed_forced_and_reset(tenantry: CommandLine) -> None:
    listed = tenantry.json("breakers", "list")
    assert [breaker["name"] for breaker in listed] == ["bulk", "drill", "query"]

    forced = tenantry.json("breakers", "force-open", "drill", "--reason", "looking", "--for", "60")
    assert (forced["state"], forced["override"], forced["reason"]) == ("open", "open", "looking")
    for action in ("force-closed", "disable"):
        assert tenantry("breakers", action, "drill") == 0
    assert tenantry.json("breakers", "reset", "drill")["state"] == "closed"

    assert tenantry("breakers", "list") == 0
    assert "drill" in tenantry.out
    assert tenantry("breakers", "reset", "coffee") == 1
    assert tenantry.err.splitlines()[-1] == "error: there is no breaker coffee"


@pytest.mark.parametrize("seconds", ["nan", "inf", "soon"])
def test_a_time_that_is_no_number_of_seconds_is_a_usage_error(
    alone: CommandLine, seconds: str
) -> None:
    assert alone("breakers", "force-open", "drill", "--for", seconds) == 64
    assert "--for" in alone.err
    assert alone.json("breakers", "list")[1]["override"] is None


@pytest.mark.parametrize(
    "arguments",
    [
        ("drill", "--idempotency-key", "ключ"),
        ("drill", "--idempotency-key", "a\nb"),
        ("drill", "--idempotency-key", ""),
        ("drill", "--reason", "\udcff"),
        ("\udcff",),
    ],
)
def test_what_cannot_be_sent_is_a_usage_error(
    alone: CommandLine, arguments: tuple[str, ...]
) -> None:
    assert alone("breakers", "reset", *arguments) == 64
    assert "want" in alone.err
    assert "bug" not in alone.err
