"""Both clients on a real socket: for whom they ask, what they repeat, and what they show."""

import json

import pytest

from tenantry.sdk import AsyncClientsClient, ClientsClient, Conflict, Unreachable
from tests.support.client_sdk import (
    PLANS,
    RESULT,
    SHOP,
    SUMMARY,
    Asking,
    ask_async,
    ask_sync,
    dropped,
    giving,
    unavailable,
    unchanged,
)
from tests.support.scripted import ScriptedServer, refusing

applied = giving({"clients": [RESULT]})


@pytest.fixture(params=[ask_sync, ask_async])
def ask(request: pytest.FixtureRequest) -> Asking:
    found: Asking = request.param
    return found


def test_it_asks_as_whom_and_for_whom_it_was_made(ask: Asking) -> None:
    with ScriptedServer(applied) as server:
        assert ask(server, "upsert_from_config", SHOP).changed

    (seen,) = server.seen
    assert (seen.method, seen.target) == ("POST", "/api/clients/apply")
    assert seen.headers["authorization"] == "Bearer t"
    assert seen.headers["x-tenant-id"] == "acme"
    assert json.loads(seen.body)["configs"] == [SHOP]


def test_a_list_follows_the_pages(ask: Asking) -> None:
    first = giving({"items": [SUMMARY], "next_cursor": "c"})
    last = giving({"items": [{**SUMMARY, "key": "blog"}], "next_cursor": None})

    with ScriptedServer(first, last) as server:
        assert [client.key for client in ask(server, "list")] == ["shop", "blog"]

    assert server.seen[1].target == "/api/clients?limit=500&cursor=c"


def test_a_plan_is_repeated(ask: Asking) -> None:
    with ScriptedServer(unavailable, dropped, giving(PLANS)) as server:
        assert ask(server, "plan", [SHOP]).plan_hash == "p"

    assert len(server.seen) == 3


def test_an_apply_is_sent_again_only_where_nothing_was_done(ask: Asking) -> None:
    with ScriptedServer(unavailable, applied) as server:
        ask(server, "apply", [SHOP])
    assert len(server.seen) == 2

    with ScriptedServer(dropped, applied) as server, pytest.raises(Unreachable):
        ask(server, "apply", [SHOP])
    assert len(server.seen) == 1


def test_a_refusal_says_which_clients_and_why(ask: Asking) -> None:
    details = {"clients": [{"key": "shop", "guards": []}]}
    with (
        ScriptedServer(refusing(409, "guarded", "no", details=details)) as server,
        pytest.raises(Conflict) as refused,
    ):
        ask(server, "apply", [SHOP])

    assert (refused.value.code, refused.value.details) == ("guarded", details)


def test_an_app_that_is_the_same_is_not_sent_again(ask: Asking) -> None:
    with ScriptedServer(unchanged) as server:
        app = ask(server, "app", "shop", etag='"e1"')

    assert (app.is_unchanged, app.etag) == (True, '"e1"')
    assert server.seen[0].headers["if-none-match"] == '"e1"'


def test_a_client_shows_no_token_and_is_closed_twice() -> None:
    client = ClientsClient(server="http://localhost", token="hush", tenant="acme")
    shown = [repr(client), repr(AsyncClientsClient(server="http://localhost", token="hush"))]
    client.close()
    client.close()

    assert shown[0] == "ClientsClient(server='http://localhost', tenant='acme')"
    assert not any("hush" in each for each in shown)
