"""A real client of a real server: limited, told when to come back, and admitted then."""

import time
from pathlib import Path

import httpx
import pytest

from tests.support.command_line import CommandLine
from tests.support.server import ServerProcess

# One token a second comes back.
A_MINUTE = "60"


def exhausted(http: httpx.Client) -> httpx.Response:
    for _ in range(200):
        answer = http.get("/api/log/head")
        if answer.status_code == 429:
            return answer
    raise AssertionError("never refused")


def test_who_waits_as_long_as_it_is_told_is_admitted(tmp_path: Path) -> None:
    with ServerProcess(tmp_path, API_RATE_LIMIT=A_MINUTE) as server:
        server.wait_until_ready()
        with server.client() as http:
            refused = exhausted(http)
            assert http.get("/config").status_code == 200
            assert http.get("/livez").status_code == 200

            time.sleep(float(refused.headers["retry-after"]))
            assert http.get("/api/log/head").status_code == 200
        assert "Rate limit exceeded" in server.said()


def test_a_command_waits_for_its_turn_by_itself(alone: CommandLine) -> None:
    with ServerProcess(alone.cwd, API_RATE_LIMIT=A_MINUTE) as server:
        server.wait_until_ready()
        with server.client() as http:
            exhausted(http)

        assert alone("log", "head") == 0, alone.err


@pytest.mark.parametrize("environ", [{"ENABLE_RATE_LIMIT": "false"}, {"API_RATE_LIMIT": "0"}])
def test_limits_can_be_turned_off(tmp_path: Path, environ: dict[str, str]) -> None:
    with ServerProcess(tmp_path, **environ) as server:
        server.wait_until_ready()
        with server.client() as http:
            answers = [http.get("/api/log/head") for _ in range(150)]
            answers.append(http.post("/api/drill/end"))

    assert {answer.status_code for answer in answers} == {200}
    assert not [name for name in answers[149].headers if "ratelimit" in name]
    is_off = "ENABLE_RATE_LIMIT" in environ
    assert ("ratelimit" in answers[150].headers) is not is_off


def test_in_development_nobody_is_limited(tmp_path: Path) -> None:
    with ServerProcess(tmp_path, "--dev") as server:
        server.wait_until_ready()
        with server.client() as http:
            answers = [http.get("/api/log/head") for _ in range(150)]

    assert {answer.status_code for answer in answers} == {200}
