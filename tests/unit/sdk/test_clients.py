"""Both clients on a real socket: what they repeat, how long they wait, how they watch."""

import asyncio
import time
from contextlib import aclosing, closing
from itertools import islice
from typing import Any, Protocol

import pytest

from tenantry.sdk import (
    AsyncConfigClient,
    ConfigChange,
    ConfigClient,
    DeleteConfigValue,
    Denied,
    Invalid,
    NotFound,
    PreconditionFailed,
    RequestFailed,
    Retry,
    Unavailable,
    Unreachable,
)
from tests.support.scripted import Exchange, Script, ScriptedServer, frame, set_frame

QUICK = Retry(attempts=5, first_seconds=0.001, most_seconds=0.01)
ENTRY = {
    "name": "a",
    "value": 1,
    "version": 1,
    "position": 7,
    "updated_at": "2024-01-15T12:00:00Z",
    "layer": "own",
}


class Ask(Protocol):
    """Calls one method of a client of `server`, and returns what it returns."""

    def __call__(self, server: ScriptedServer, method: str, *args: Any, **options: Any) -> Any: ...


def ask_sync(server: ScriptedServer, method: str, *args: Any, **options: Any) -> Any:
    timeout = options.pop("within", 10.0)
    with ConfigClient(server=server.address, retry=QUICK, timeout_seconds=timeout) as client:
        if method == "watch":
            count = options.pop("count")
            with closing(client.watch(*args, **options)) as changes:
                return list(islice(changes, count))
        return getattr(client, method)(*args, **options)


def ask_async(server: ScriptedServer, method: str, *args: Any, **options: Any) -> Any:
    async def asked() -> Any:
        timeout = options.pop("within", 10.0)
        async with AsyncConfigClient(
            server=server.address, retry=QUICK, timeout_seconds=timeout
        ) as client:
            if method != "watch":
                return await getattr(client, method)(*args, **options)
            count = options.pop("count")
            changes: list[ConfigChange] = []
            async with aclosing(client.watch(*args, **options)) as watch:
                async for change in watch:
                    changes.append(change)
                    if len(changes) == count:
                        break
            return changes

    return asyncio.run(asked())


@pytest.fixture(params=[ask_sync, ask_async])
def ask(request: pytest.FixtureRequest) -> Ask:
    found: Ask = request.param
    return found


def found(exchange: Exchange) -> None:
    exchange.reply(200, ENTRY)


def unavailable(exchange: Exchange) -> None:
    exchange.fail(503, "not_ready")


def dropped(exchange: Exchange) -> None:
    exchange.drop()


def failing(status: int, code: str, **details: Any) -> Script:
    return lambda exchange: exchange.fail(status, code, "it is so", details=details)


def test_a_value_is_read(ask: Ask) -> None:
    with ScriptedServer(found) as server:
        assert ask(server, "get", "a") == 1

    (seen,) = server.seen
    assert (seen.method, seen.target) == ("GET", "/config/a")
    assert seen.headers["accept"] == "application/json"
    assert seen.headers["user-agent"].startswith("tenantry-sdk/")
    assert "authorization" not in seen.headers


@pytest.mark.parametrize("trouble", [unavailable, dropped])
def test_a_read_is_repeated(ask: Ask, trouble: Script) -> None:
    with ScriptedServer(trouble, trouble, found) as server:
        assert ask(server, "get", "a") == 1

    assert len(server.seen) == 3


@pytest.mark.parametrize("trouble", [unavailable, dropped])
def test_a_put_is_repeated_under_one_key(ask: Ask, trouble: Script) -> None:
    with ScriptedServer(trouble, trouble, found) as server:
        assert ask(server, "put", "a", 1).position == 7

    keys = {seen.headers["idempotency-key"] for seen in server.seen}
    assert len(server.seen) == 3
    assert len(keys) == 1


def test_two_puts_have_two_keys(ask: Ask) -> None:
    with ScriptedServer(found) as server:
        ask(server, "put", "a", 1)
        ask(server, "put", "a", 1)

    assert len({seen.headers["idempotency-key"] for seen in server.seen}) == 2


@pytest.mark.parametrize("trouble", [unavailable, dropped])
def test_a_changeset_without_a_key_is_sent_once(ask: Ask, trouble: Script) -> None:
    with ScriptedServer(trouble) as server, pytest.raises(Unavailable):
        ask(server, "change", [DeleteConfigValue(name="a")])

    assert len(server.seen) == 1


def test_a_changeset_with_a_key_is_repeated(ask: Ask) -> None:
    def done(exchange: Exchange) -> None:
        exchange.reply(200, {"position": 9, "changes": []})

    with ScriptedServer(dropped, done) as server:
        assert ask(server, "change", [], idempotency_key="k").position == 9


def test_what_was_never_sent_is_repeated_whatever_it_is(ask: Ask) -> None:
    server = ScriptedServer(found)
    with server:
        pass

    with pytest.raises(Unreachable) as failed:
        ask(server, "change", [])
    assert failed.value.is_unsent
    assert failed.value.status is None


@pytest.mark.parametrize(
    "script, kind, code",
    [
        (failing(404, "not_found"), NotFound, "not_found"),
        (failing(403, "denied"), Denied, "denied"),
        (failing(400, "invalid_name"), Invalid, "invalid_name"),
        (failing(412, "precondition_failed", version=3), PreconditionFailed, "precondition_failed"),
        (failing(500, "internal"), RequestFailed, "internal"),
    ],
)
def test_what_will_not_pass_is_raised_at_once(
    ask: Ask, script: Script, kind: type[RequestFailed], code: str
) -> None:
    with ScriptedServer(script) as server, pytest.raises(kind) as failed:
        ask(server, "put", "a", 1)

    assert len(server.seen) == 1
    assert (failed.value.code, failed.value.message) == (code, "it is so")


def test_attempts_come_to_an_end(ask: Ask) -> None:
    with ScriptedServer(unavailable) as server, pytest.raises(Unavailable) as failed:
        ask(server, "get", "a")

    assert len(server.seen) == QUICK.attempts
    assert (failed.value.status, failed.value.code) == (503, "not_ready")


def test_a_server_that_asks_for_too_much_patience_is_not_waited_for(ask: Ask) -> None:
    def later(exchange: Exchange) -> None:
        exchange.fail(503, "database_busy", headers={"retry_after": "60"})

    with ScriptedServer(later) as server, pytest.raises(Unavailable) as failed:
        ask(server, "get", "a", within=5.0)

    assert len(server.seen) == 1
    assert failed.value.retry_after == 60


def test_a_server_that_asks_for_a_second_gets_it(ask: Ask) -> None:
    def later(exchange: Exchange) -> None:
        exchange.fail(503, "database_busy", headers={"retry_after": "1"})

    with ScriptedServer(later, found) as server:
        started_at = time.monotonic()
        assert ask(server, "get", "a") == 1

    assert time.monotonic() - started_at >= 1.0


def test_a_server_that_never_answers_is_left_in_time(ask: Ask) -> None:
    with ScriptedServer(Exchange.wait_until_left) as server:
        started_at = time.monotonic()
        with pytest.raises(Unreachable):
            ask(server, "get", "a", within=0.3)

    assert time.monotonic() - started_at < 5


def test_an_answer_that_trickles_is_left_in_time(ask: Ask) -> None:
    def trickle(exchange: Exchange) -> None:
        exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        for _ in range(2_000):
            exchange.send(b" ")
            time.sleep(0.01)

    with ScriptedServer(trickle) as server:
        started_at = time.monotonic()
        with pytest.raises(Unreachable, match="not within"):
            ask(server, "get", "a", within=0.3)

    assert time.monotonic() - started_at < 5


def test_all_follows_the_pages(ask: Ask) -> None:
    def first(exchange: Exchange) -> None:
        link = '</config?prefix=p&limit=5000&cursor=Yg>; rel="next"'
        exchange.reply(200, [{"name": "a", "value": 1}], link=link)

    def second(exchange: Exchange) -> None:
        exchange.reply(200, [{"name": "b", "value": 2}])

    with ScriptedServer(first, second) as server:
        assert ask(server, "all", "p") == {"a": 1, "b": 2}

    assert [seen.target for seen in server.seen] == [
        "/config?prefix=p&limit=5000",
        "/config?prefix=p&limit=5000&cursor=Yg",
    ]


def test_wait_asks_again_until_the_time_is_over(ask: Ask) -> None:
    def unchanged(exchange: Exchange) -> None:
        exchange.reply(304)

    with ScriptedServer(unchanged, unchanged, found) as server:
        entry = ask(server, "wait", "a", version=3, timeout_seconds=40.0)
        assert entry.version == 1
        assert server.seen[0].target == "/config/a?wait=30000ms&version=3"
        assert len(server.seen) == 3

    with ScriptedServer(unchanged) as server:
        assert ask(server, "wait", "a", version=3, timeout_seconds=0.0) is None
        assert len(server.seen) == 1


def test_a_watch_goes_on_where_it_was_cut(ask: Ask) -> None:
    def begin(exchange: Exchange) -> None:
        start = frame("start", {"position": 4}, position=4)
        exchange.stream(b"retry: 1\n\n", start, set_frame("a", 1, 5), b"id: 6\nevent: se")

    def go_on(exchange: Exchange) -> None:
        exchange.stream(b"retry: 1\n\n", set_frame("a", 2, 6), b":\n\n", set_frame("b", 3, 7))
        exchange.wait_until_left()

    with ScriptedServer(begin, unavailable, dropped, go_on) as server:
        changes = ask(server, "watch", "a:", count=3)

    assert [(change.name, change.value, change.position) for change in changes] == [
        ("a", 1, 5),
        ("a", 2, 6),
        ("b", 3, 7),
    ]
    assert [seen.headers.get("last-event-id") for seen in server.seen] == [None, "5", "5", "5"]
    assert server.seen[0].target == "/config/watch?prefix=a%3A"


def test_a_watch_misses_nothing_between_its_start_and_its_first_change(ask: Ask) -> None:
    def begin(exchange: Exchange) -> None:
        exchange.stream(b"retry: 1\n\n", frame("start", {"position": 4}, position=4))

    def go_on(exchange: Exchange) -> None:
        exchange.stream(set_frame("a", 1, 5))
        exchange.wait_until_left()

    with ScriptedServer(begin, go_on) as server:
        ask(server, "watch", count=1)

    assert server.seen[1].headers["last-event-id"] == "4"


def test_a_watch_from_a_position_asks_for_it(ask: Ask) -> None:
    def begin(exchange: Exchange) -> None:
        exchange.stream(set_frame("a", 1, 5))
        exchange.wait_until_left()

    with ScriptedServer(begin) as server:
        ask(server, "watch", after=4, count=1)

    assert server.seen[0].target == "/config/watch?from=4"


def test_a_watch_that_is_refused_says_so(ask: Ask) -> None:
    with ScriptedServer(failing(401, "unauthenticated")) as server, pytest.raises(Denied):
        ask(server, "watch", count=1)


def test_a_watch_that_never_comes_about_says_so(ask: Ask) -> None:
    with ScriptedServer(unavailable) as server, pytest.raises(Unavailable):
        ask(server, "watch", count=1, within=0.2)


def test_a_sync_client_is_shared_by_threads_and_closed_twice() -> None:
    with ScriptedServer(found) as server:
        client = ConfigClient(server=server.address)
        assert client.get("a") == 1
        client.close()
        client.close()


@pytest.mark.parametrize("seconds", [0, -1, float("nan")])
def test_a_timeout_of_no_sense_is_refused(seconds: float) -> None:
    for kind in (ConfigClient, AsyncConfigClient):
        with pytest.raises(Invalid, match="timeout_seconds"):
            kind(server="http://localhost", timeout_seconds=seconds)


def test_connections_are_kept_between_requests() -> None:
    ports: set[int] = set()

    def remember(exchange: Exchange) -> None:
        ports.add(exchange.port)
        found(exchange)

    with ScriptedServer(remember) as server, ConfigClient(server=server.address) as client:
        for _ in range(5):
            client.get("a")

    assert len(ports) == 1
