"""What every method about what is collected sends, and how it reads the answer."""

import json
from base64 import b64encode
from typing import Any

import pytest

from tenantry.sdk import Invalid, Unavailable
from tenantry.sdk.access.acting import Acting
from tenantry.sdk.collector.requests import CollectorRequests
from tenantry.sdk.reply import Reply
from tenantry.sdk.request import Request

requests = CollectorRequests(Acting(token=None, tenant="acme"))
FIGURES = {"events": 3, "stored": 2, "duplicates": 1, "deletes": 0, "dead_letters": 0}
GRAPH = {"seedHandles": ["ann.example"]}
RUN = {
    "id": "r1",
    "strategy": "follow-graph",
    "status": "cancelled",
    "params": GRAPH,
    "estimate": {
        "requestsAtLeast": 1,
        "requestsAtMost": 2,
        "secondsAtLeast": 0.1,
        "secondsAtMost": 0.2,
    },
    "progress": {"usersFound": 1, "requestsMade": 1, "budgetLeft": 9, "frontierSize": 0},
    "createdAt": "2026-11-27T08:00:00.000000Z",
    "createdBy": "key-1",
}


def answer(data: Any, *, cursor: str | None = None) -> Reply:
    meta = {} if cursor is None else {"next_cursor": cursor}
    return Reply(200, {}, json.dumps({"success": True, "data": data, "meta": meta}).encode())


@pytest.mark.parametrize(
    "request_, expected, body",
    [
        (requests.status(), "GET /api/collector/status", None),
        (requests.stats(), "GET /api/collector/stats", None),
        (requests.ledger(), "GET /api/collector/ledger", None),
        (requests.dead_letters(), "GET /api/collector/dead-letters?limit=500", None),
        (requests.start(), "POST /api/collector/start", None),
        (requests.stop(), "POST /api/collector/stop", None),
        (requests.trending(count=3), "GET /api/trending?limit=3", None),
        (requests.growth_velocity(), "GET /api/growth-velocity?limit=20", None),
        (requests.engagement_leaders(), "GET /api/engagement-leaders?limit=20", None),
        (requests.network(), "GET /api/network-stats", None),
        (
            requests.plan_strategy("follow-graph", GRAPH),
            "POST /api/collector/strategies/follow-graph?dryRun=true",
            GRAPH,
        ),
        (
            requests.run_strategy("popular-content"),
            "POST /api/collector/strategies/popular-content",
            {},
        ),
        (requests.strategy_runs(), "GET /api/collector/strategies?limit=500", None),
        (requests.strategy_run("r1"), "GET /api/collector/strategies/runs/r1", None),
        (
            requests.strategy_users("r1"),
            "GET /api/collector/strategies/runs/r1/users?limit=500",
            None,
        ),
        (requests.cancel_strategy("r1"), "DELETE /api/collector/strategies/runs/r1", None),
    ],
)
def test_a_request_is_sent_as_it_is(request_: Request[Any], expected: str, body: Any) -> None:
    assert f"{request_.method} {request_.target}" == expected
    assert (None if request_.body is None else json.loads(request_.body)) == body
    assert (("Content-Type", "application/json") in request_.headers) is (body is not None)


def test_a_file_is_sent_as_its_lines_and_may_be_sent_twice() -> None:
    request = requests.replay(b"{}\n{}\n")

    assert (request.method, request.target) == ("POST", "/api/collector/replay")
    assert request.headers == (("Content-Type", "application/x-ndjson"),)
    assert request.body == b"{}\n{}\n"
    assert request.is_repeatable


def test_a_tenant_is_named_by_a_header() -> None:
    named = ("X-Tenant-ID", "globex")
    for request in (
        requests.status(tenant="globex"),
        requests.dead_letters(tenant="globex"),
        requests.replay(b"", tenant="globex"),
        requests.trending(tenant="globex"),
        requests.run_strategy("follow-graph", GRAPH, tenant="globex"),
        requests.strategy_users("r1", tenant="globex"),
        requests.cancel_strategy("r1", tenant="globex"),
    ):
        assert named in request.headers
    assert requests.status().headers == ()


def test_what_leads_somewhere_else_is_no_name() -> None:
    for build in (requests.plan_strategy, requests.run_strategy, requests.strategy_run):
        with pytest.raises(Invalid):
            build("a/b")


def test_a_run_is_begun_once_unless_nothing_was_done() -> None:
    begun = requests.run_strategy("follow-graph", GRAPH)

    assert not begun.is_repeatable
    assert begun.is_repeatable_after(Unavailable("busy", status=503))
    for again in (requests.start(), requests.stop(), requests.plan_strategy("follow-graph", GRAPH)):
        assert again.is_repeatable


def test_figures_are_read_and_a_place_that_is_not_known_is_none() -> None:
    counts = {"a.b": {"events": 3, "stored": 2, "duplicates": 1, "deletes": 0}}

    figures = requests.stats().read(answer({**FIGURES, "cursor": None, "by_collection": counts}))

    assert (figures.stored, figures.cursor) == (2, None)
    assert figures.by_collection["a.b"].duplicates == 1


def test_a_ledger_is_complete_where_every_gap_is_closed() -> None:
    gap = {
        "id": 1,
        "collection": "*",
        "host": "one.example",
        "from_us": 1,
        "until_us": 2,
        "reason": "blind",
        "opened_at": 3,
    }
    closed = [{**gap, "state": state} for state in ("refilled", "quiet")]
    ledger = {"from_us": 0, "until_us": 9, "covered": []}

    assert requests.ledger().read(answer({**ledger, "gaps": closed})).is_complete
    for state in ("open", "lost", "a newer state"):
        found = requests.ledger().read(
            answer({**ledger, "gaps": [*closed, {**gap, "state": state}]})
        )
        assert not found.is_complete
        assert [each.is_missing for each in found.gaps] == [False, False, True]


def test_a_dead_letter_is_the_bytes_that_came() -> None:
    letter = {
        "id": 7,
        "at": 1,
        "host": "one.example",
        "reason": "not_json",
        "size": 2,
        "frame": b64encode(b"\xff{").decode(),
    }

    page = requests.dead_letters().read(answer({"dead_letters": [letter]}, cursor="7"))

    assert page.items[0].frame == b"\xff{"
    assert page.next_request is not None
    assert page.next_request.target == "/api/collector/dead-letters?limit=500&cursor=7"


def test_users_are_read_from_their_list() -> None:
    leader = {"did": "did:web:a.example", "handle": None, "score": 9, "posts": 1}
    leader |= {"likes": 4, "reposts": 1, "replies": 1, "quotes": 0}

    (found,) = requests.engagement_leaders().read(answer({"users": [leader]}))

    assert (found.did, found.score) == ("did:web:a.example", 9)


def test_a_run_says_whether_it_is_over() -> None:
    assert requests.cancel_strategy("r1").read(answer(RUN)).is_over
    assert not requests.strategy_run("r1").read(answer({**RUN, "status": "waiting"})).is_over
