"""Both clients against a real server."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import aclosing, closing
from datetime import timedelta
from itertools import islice
from typing import Any

import pytest

from tenantry.sdk import (
    AsyncConfigClient,
    ConfigClient,
    Denied,
    Gone,
    Invalid,
    NotFound,
    PreconditionFailed,
    Unprocessable,
)
from tests.support.server import ServerProcess
from tests.support.waiting import wait_until

VALUES: list[Any] = [
    None,
    True,
    0,
    -1,
    10**25,
    0.1,
    "",
    "ä🎉\x00\u2028",
    [],
    {"a": [{"b": None}]},
    "x" * 900_000,
]
NAMES = ["a:b", "größe 🎉", "%2E", "a?b#c&d=e+f", ".", "..", "...", "'\"\\", "x" * 512, "history"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path_factory.mktemp("sdk")) as process:
        process.wait_until_ready()
        yield process
        assert process.stop() == 0, process.said()


@pytest.fixture
def client(server: ServerProcess, request: pytest.FixtureRequest) -> Iterator[ConfigClient]:
    """A client of a tenant that each test has for itself."""
    with client_of(server, request.node.name) as client:
        yield client


def client_of(server: ServerProcess, test: str) -> ConfigClient:
    return ConfigClient(**options_of(server, test))


def options_of(server: ServerProcess, test: str) -> dict[str, Any]:
    tenant = "".join(c if c.isalnum() and c.isascii() else "-" for c in test.lower())[-60:]
    record = server.record
    assert record.token is not None
    return {"server": record.address, "token": record.token, "tenant": f"t-{tenant}"}


def test_a_value_comes_back_as_it_was_stored(client: ConfigClient) -> None:
    for version, value in enumerate(VALUES, 1):
        entry = client.put("kept", value)
        assert (entry.value, entry.version) == (value, version)
        assert client.get("kept") == value
        assert client.entry("kept") == entry

    entry = client.entry("kept")
    assert entry.layer == "own"
    assert entry.updated_at.utcoffset() == timedelta(0)


def test_every_name_is_one_of_its_own(client: ConfigClient) -> None:
    for name in NAMES:
        client.put(name, name)

    assert client.all() == {name: name for name in NAMES}
    for name in NAMES:
        assert client.get(name) == name
        assert [record.stream_version for record in client.history(name)] == [1]
        client.delete(name)
    assert client.all() == {}


def test_what_is_not_there_is_not_found(client: ConfigClient) -> None:
    with pytest.raises(NotFound) as missed:
        client.get("nothing")
    assert (missed.value.status, missed.value.code) == (404, "not_found")
    with pytest.raises(NotFound):
        client.delete("nothing")
    assert client.history("nothing") == []

    client.put("a", 1)
    client.delete("a")
    with pytest.raises(Gone) as gone:
        client.delete("a")
    assert gone.value.status == 410


def test_a_name_that_cannot_be_is_refused(client: ConfigClient) -> None:
    for name in ("a/b", "a\nb", "x" * 513):
        with pytest.raises(Invalid):
            client.put(name, 1)


def test_a_stale_version_is_refused(client: ConfigClient) -> None:
    first = client.put("a", 1, create_only=True)
    with pytest.raises(PreconditionFailed):
        client.put("a", 2, create_only=True)

    second = client.put("a", 2, if_version=first.version)
    with pytest.raises(PreconditionFailed) as stale:
        client.put("a", 3, if_version=first.token)
    with pytest.raises(PreconditionFailed):
        client.delete("a", if_version=first.version)

    assert stale.value.details == {"name": "a", "version": 2}
    assert client.delete("a", if_version=second.version) > second.position


def test_an_idempotency_key_makes_a_write_happen_once(client: ConfigClient) -> None:
    first = client.put("a", 1, idempotency_key="same")
    client.put("a", 2)
    again = client.put("a", 1, idempotency_key="same")

    assert (again.version, again.position) == (first.version, first.position)
    assert client.get("a") == 2
    with pytest.raises(Unprocessable) as reused:
        client.put("a", 3, idempotency_key="same")
    assert reused.value.code == "idempotency_key_reused"


def test_all_follows_every_page(client: ConfigClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tenantry.sdk.config_requests.PAGE_SIZE", 3)
    for number in range(10):
        client.put(f"n&{number}", number)
    client.put("other", 1)

    assert client.all("n&") == {f"n&{number}": number for number in range(10)}
    assert len(client.all()) == 11


def test_the_past_is_read_by_position_and_by_time(client: ConfigClient) -> None:
    first = client.put("a", 1)
    second = client.put("a", 2)
    client.delete("a")

    for moment in (first.position, first.updated_at, first.updated_at.isoformat()):
        assert client.at("a", moment).value == 1
        assert client.get("a", at=moment) == 1
        assert client.all(at=moment) == {"a": 1}
    assert client.at("a", second.position) == second
    with pytest.raises(NotFound):
        client.at("a", first.position - 1)
    with pytest.raises(Invalid):
        client.at("a", "yesterday")


def test_history_has_every_event(client: ConfigClient) -> None:
    client.put("a", 1)
    client.put("a", {"b": 2})
    position = client.delete("a")

    records = client.history("a")

    assert [record.event_type for record in records] == [
        "ConfigValueSet",
        "ConfigValueSet",
        "ConfigValueDeleted",
    ]
    assert records[1].data["value"] == {"b": 2}
    assert records[2].position == position
    assert records[0].metadata["actor"] == "root"


def test_tenants_do_not_see_each_other(server: ServerProcess) -> None:
    with client_of(server, "one") as one, client_of(server, "two") as two:
        one.put("a", 1)
        with pytest.raises(NotFound):
            two.get("a")


def test_a_wrong_token_is_refused(server: ServerProcess) -> None:
    with (
        ConfigClient(server=server.record.address, token="wrong") as stranger,
        pytest.raises(Denied) as refused,
    ):
        stranger.get("a")
    assert (refused.value.status, refused.value.code) == (401, "unauthenticated")


def test_wait_returns_with_the_change(client: ConfigClient) -> None:
    first = client.put("a", 1)

    assert client.wait("a", version=0, timeout_seconds=5) == first
    started_at = time.monotonic()
    assert client.wait("a", version=first.token, timeout_seconds=1) is None
    assert time.monotonic() - started_at >= 0.9

    writer = threading.Timer(0.1, client.put, ["a", 2])
    writer.start()
    changed = client.wait("a", version=first.token, timeout_seconds=20)
    writer.join()
    assert changed is not None
    assert changed.value == 2


def test_wait_for_what_never_comes_ends(client: ConfigClient) -> None:
    assert client.wait("nothing", timeout_seconds=1) is None


def test_a_watch_yields_every_change(client: ConfigClient) -> None:
    first = client.put("w:a", 1)
    client.put("other", 1)
    client.put("w:a", 2)
    client.delete("w:a")

    with closing(client.watch("w:", after=first.position - 1)) as changes:
        seen = list(islice(changes, 3))
        client.put("w:b", None)
        seen.append(next(changes))

    assert [(each.name, each.is_deletion, each.version) for each in seen] == [
        ("w:a", False, 1),
        ("w:a", False, 2),
        ("w:a", True, 3),
        ("w:b", False, 1),
    ]


async def test_the_async_client_does_the_same(server: ServerProcess) -> None:
    async with AsyncConfigClient(**options_of(server, "async")) as client:
        first, second = await asyncio.gather(client.put("a", 1), client.put("b", [2]))

        assert await client.all() == {"a": 1, "b": [2]}
        assert await client.entry("a") == first
        assert await client.at("b", second.position) == second
        assert len(await client.history("a")) == 1
        with pytest.raises(PreconditionFailed):
            await client.put("a", 2, if_version=9)
        assert await client.wait("a", version=first.token, timeout_seconds=1) is None

        async with aclosing(client.watch(after=first.position - 1)) as changes:
            assert (await anext(changes)).name in ("a", "b")

        assert await client.delete("a") > second.position
        with pytest.raises(Gone):
            await client.delete("a")


def test_what_is_closed_leaves_no_watcher_behind(server: ServerProcess) -> None:
    with client_of(server, "leaving") as client:
        changes = client.watch(after=0)
        client.put("a", 1)
        next(changes)
        changes.close()

    with server.client() as http:
        wait_until(lambda: "tenantry_config_watchers 0" in http.get("/metrics").text)
