"""One long run with secrets in it; then everything that was written or answered is searched."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from tenantry.sdk import ConfigClient, ConfigReplica, RequestFailed
from tests.support.command_line import CommandLine
from tests.support.server import ServerProcess
from tests.support.waiting import wait_until

SECRETS = [f"Tr0ub4dor-{number}-é" for number in range(8)]


class Evidence:
    """Everything that a run has left behind or said."""

    def __init__(self) -> None:
        self.found: dict[str, bytes] = {}

    def add(self, what: str, content: bytes | str) -> None:
        """Keep what was said; nothing may be said under one name twice."""
        assert what not in self.found
        self.found[what] = content.encode() if isinstance(content, str) else content

    def names_with(self, secret: str) -> list[str]:
        """Return what holds the secret, in any of the forms it may be written in."""
        forms = {
            secret.encode(),
            msgspec.json.encode(secret)[1:-1],
            secret.encode("ascii", "backslashreplace"),
            secret.encode("utf-16-le"),
            secret.encode().hex().encode(),
            # Wherever it begins in what was encoded, this much of its middle is the same.
            *(base64.b64encode(b"x" * pad + secret.encode())[4:-8] for pad in range(3)),
        }
        return [what for what, content in self.found.items() if any(f in content for f in forms)]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path, LOG_LEVEL="debug") as server:
        server.wait_until_ready()
        yield server


def test_nothing_that_is_said_or_kept_has_a_secret_in_it(
    server: ServerProcess, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evidence, command_line = Evidence(), CommandLine(tmp_path, capsys)
    token, address = server.record.token, server.record.address
    with (
        server.client() as http,
        ConfigClient(server=address, token=token) as client,
        ConfigReplica(server=address, token=token, cache_file=tmp_path / "cache") as replica,
    ):
        replica.wait_ready()
        _store(client, http, evidence)
        wait_until(lambda: replica["kept"] == SECRETS[2])
        evidence.add("the replica's snapshot", repr(replica.snapshot()))
        _ask_for_everything(http, evidence)
        watched = client.watch(after=0)
        seen = [next(watched) for _ in range(6)]
        evidence.add("the changes of a watch", repr(seen))
        evidence.add("the watch", _first_bytes(http, "/config/watch?from=0"))
        evidence.add("a snapshot", _first_bytes(http, "/config/watch?snapshot=true"))
        evidence.add("the backup", http.get("/api/backup").content)

    for arguments in (("config", "list"), ("config", "history", "kept"), ("config", "export")):
        for form in ((), ("-o", "json")):
            command_line(*arguments, *form)
            evidence.add(" ".join((*arguments, *form)), command_line.out + command_line.err)

    assert server.stop() == 0
    evidence.add("what the server said", server.said())
    for file in sorted(tmp_path.rglob("*")):
        if file.is_file():
            evidence.add(str(file.relative_to(tmp_path)), file.read_bytes())

    assert any("tenantry.db" in what for what in evidence.found)
    assert {secret: evidence.names_with(secret) for secret in SECRETS} == {s: [] for s in SECRETS}
    assert evidence.names_with("a plain value, to see that one would be found")


def _store(client: ConfigClient, http: httpx.Client, evidence: Evidence) -> None:
    """Store, change, refuse, restore and shred."""
    client.put("plain", "a plain value, to see that one would be found")
    client.put("kept", SECRETS[0], secret=True)
    client.put("kept", SECRETS[1])
    client.put("kept", SECRETS[2])
    client.put("kept-beneath", {SECRETS[3]: [SECRETS[3]]}, secret=True)
    client.put("shredded", SECRETS[4], secret=True)
    client.put("shredded", SECRETS[4] + "!", secret=True)
    changed = http.post(
        "/config",
        json={"changes": [{"op": "set", "name": "many", "value": SECRETS[5], "secret": True}]},
        headers={"Idempotency-Key": "once"},
    )
    evidence.add("a set of changes", changed.text)
    client.put_schema({"type": "string", "maxLength": 20}, name="kept")

    refused: list[tuple[str, Any, dict[str, str]]] = [
        ("a violated schema", {"value": SECRETS[6] * 9}, {}),
        ("an object that violates it", {"value": {SECRETS[6]: 1}}, {}),
        ("a stale version", {"value": SECRETS[6]}, {"If-Match": '"1"'}),
        ("a body with too much", {"value": SECRETS[6], SECRETS[6]: 1}, {}),
        ("a flag that is none", {"value": SECRETS[6], "secret": SECRETS[6]}, {}),
    ]
    for what, body, headers in refused:
        answer = http.put(
            "/config/kept", json=body, headers={"Accept": "application/json", **headers}
        )
        assert answer.status_code >= 400
        # Of a name that the client itself has put into the wrong place, nobody knows what it is.
        if what != "a body with too much":
            evidence.add(what, answer.text)
    evidence.add("a torn body", http.put("/config/kept", content=SECRETS[6].encode()).text)
    with pytest.raises(RequestFailed) as failed:
        client.put("kept", SECRETS[7] * 20, secret=True)
    evidence.add("an error of the client", repr(failed.value) + str(failed.value.details))
    with pytest.raises(RequestFailed) as failed:
        client.put("plain", SECRETS[7], secret=True)
    evidence.add("a name with a past", repr(failed.value) + str(failed.value.details))

    client.delete("shredded", shred=True)
    client.rollback("kept", 1)
    client.rollback("kept", 3)


def _ask_for_everything(http: httpx.Client, evidence: Evidence) -> None:
    """Ask for whatever shows settings, but for the value itself."""
    for path in (
        "/config",
        "/config?at=6",
        "/config/kept/history",
        "/config/shredded/history",
        "/config/kept?explain=true",
        "/config/diff?from=0",
        "/api/config/projection",
        "/api/config/worker",
        "/metrics",
        "/openapi.json",
        "/api/log/head",
        "/api/keys/status",
    ):
        answer = http.get(path)
        assert answer.status_code == 200, path
        evidence.add(path, answer.content)
    trial = http.put("/config/kept/schema?dry_run=true", json={"type": "integer"})
    evidence.add("a trial", trial.text)


def _first_bytes(http: httpx.Client, path: str) -> bytes:
    with http.stream("GET", path) as answer:
        received = b""
        for chunk in answer.iter_bytes():
            received += chunk
            if b"kept" in received:
                return received
    raise AssertionError("the watch has ended")
