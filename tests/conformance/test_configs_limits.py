"""One limit stands behind all doors: each request costs one token, whichever of them answers it."""

from collections.abc import AsyncIterator
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import httpx
import pytest_asyncio

from tenantry.testing import FakeClock
from tests.support.doors import ask_quickly
from tests.support.nodes import Journal, Node, running_node

LIMIT = 200
TENANT = "acme"
JSON = {"Accept": "application/json"}
VALUE = b'{"value":"new"}'

Request = tuple[str, str, dict[str, str], bytes]

HOT: list[Request] = [
    ("GET", "/config/text", {}, b""),
    ("GET", "/v1/config/text", JSON, b""),
    ("GET", "/config/text", {"If-None-Match": "*"}, b""),
    ("PUT", "/config/other", {}, VALUE),
    ("PUT", "/v1/config/other", JSON, VALUE),
    # Refused for what they carry, when the door has counted them already.
    ("PUT", "/config/other", {}, b""),
    ("PUT", "/config/other", JSON, b"no json"),
    ("PUT", "/config/other", {"Content-Type": "text/html"}, VALUE),
    ("PUT", "/config/other", {"If-Match": '"99"'}, VALUE),
    ("PUT", "/config/other", {"If-Match": "x"}, VALUE),
    ("PUT", "/config/sealed", {}, VALUE),
    ("PUT", "/config/" + "n" * 513, {}, VALUE),
]
OTHERS: list[Request] = [
    ("GET", "/config/nobody", {}, b""),
    ("GET", "/config/nobody", JSON, b""),
    ("GET", "/config/sealed", {}, b""),
    ("GET", "/config/text", {"X-Position": "1"}, b""),
    ("GET", "/config/text", {"X-Position": "x"}, b""),
    ("GET", "/config/text?own=true", {}, b""),
    ("GET", "/config/%74ext", {}, b""),
    ("GET", "/config/text/history", {}, b""),
    ("GET", "/config", {}, b""),
    ("GET", "/config/schema", {}, b""),
    ("HEAD", "/config/text", {}, b""),
    ("PUT", "/config/watch", {}, VALUE),
    ("DELETE", "/config/nobody", {}, b""),
]
UNCOUNTED: list[Request] = [
    ("GET", "/config/text", {"Host": "evil.example"}, b""),
    ("PUT", "/config/text", {"Origin": "https://evil.example"}, VALUE),
    ("GET", "/config/text", {"X-Tenant-ID": "not a tenant"}, b""),
    ("PUT", "/config/text", {"X-Tenant-ID": "not a tenant"}, VALUE),
]


@pytest_asyncio.fixture
async def limited(
    database_url: str, journal: Journal, clock: FakeClock, tmp_path: Path
) -> AsyncIterator[Node]:
    """A node with a limit on its settings, which has been asked once in this window.

    So nodes that share the limit hold a block of it.
    """
    assert not journal.text
    async with running_node(
        url=database_url, folder=tmp_path, clock=clock, CONFIG_RATE_LIMIT=LIMIT
    ) as node:
        await node.configs(TENANT).put("text", "v1")
        body = b'{"value":"hush","secret":true}'
        await node.configs(TENANT).put_raw("sealed", body)
        yield node


async def test_a_request_costs_one_token_whichever_door_answers_it(limited: Node) -> None:
    for request in (*HOT, *OTHERS):
        before = await _left(limited)

        await _ask(limited, request)
        assert await _left(limited) == before - 1, request

        if await _ask_quickly(limited, request) is not None:
            assert await _left(limited) == before - 2, request


async def test_what_the_quick_door_hands_on_it_has_not_counted(limited: Node) -> None:
    for request in (*OTHERS, *UNCOUNTED):
        before = await _left(limited)

        assert await _ask_quickly(limited, request) is None, request

        assert await _left(limited) == before, request


async def test_what_is_refused_before_it_is_counted_costs_nothing(limited: Node) -> None:
    before = await _left(limited)

    answers = [await _ask(limited, request) for request in UNCOUNTED]

    assert {answer.status_code for answer in answers} <= {400, 403, 422}
    assert not any(_state(answer) for answer in answers)
    assert await _left(limited) == before


async def test_both_hot_doors_say_the_same_of_what_is_left(limited: Node, clock: FakeClock) -> None:
    for request in HOT:
        clock.advance(60)
        await _ask(limited, OTHERS[0])
        ordinary = await _ask(limited, request)
        clock.advance(60)
        await _ask(limited, OTHERS[0])
        quick = await _ask_quickly(limited, request)

        assert quick is not None, request
        assert quick.status_code == ordinary.status_code, request
        assert _state(quick) == _state(ordinary), request
        assert quick.headers["x-ratelimit-remaining"] == str(LIMIT - 2)


async def test_all_doors_together_admit_as_many_as_the_limit_says(
    limited: Node, clock: FakeClock
) -> None:
    clock.advance(60)
    statuses: list[int] = []
    quick_count = 0

    for number, request in enumerate(islice(cycle([*HOT, *OTHERS]), LIMIT + 50)):
        quick = await _ask_quickly(limited, request) if number % 4 else None
        answer = quick or await _ask(limited, request)
        quick_count += quick is not None
        statuses.append(answer.status_code)

    assert 429 not in statuses[:LIMIT]
    assert set(statuses[LIMIT:]) == {429}
    assert quick_count >= LIMIT // 4


async def test_the_quick_door_refuses_nobody_itself(limited: Node, journal: Journal) -> None:
    while (refused := await _ask(limited, HOT[0])).status_code != 429:
        pass
    line_count = len(journal.lines)

    assert [await _ask_quickly(limited, request) for request in HOT] == [None] * len(HOT)

    assert refused.headers["x-ratelimit-remaining"] == "0"
    assert len(journal.lines) == line_count


async def test_the_quick_door_takes_only_what_its_node_holds(
    limited: Node, clock: FakeClock, database_url: str
) -> None:
    clock.advance(60)

    fresh = await _ask_quickly(limited, HOT[0])
    await _ask(limited, HOT[0])
    later = await _ask_quickly(limited, HOT[0])

    # On SQLite there are no others to ask, and all is held.
    assert (fresh is None) == database_url.startswith("postgresql")
    assert later is not None


async def _ask(node: Node, request: Request) -> httpx.Response:
    method, path, named, body = request
    headers = {"X-Tenant-ID": TENANT, **named}
    return await node.http.request(method, path, headers=headers, content=body)


async def _ask_quickly(node: Node, request: Request) -> httpx.Response | None:
    method, path, named, body = request
    headers = {"X-Tenant-ID": TENANT, **named}
    return await ask_quickly(node, method, path, headers=headers, body=body)


async def _left(node: Node) -> int:
    """Return how many tokens are left; to ask costs none of them."""
    standings: list[dict[str, Any]] = (await node.http.get("/api/reliability/limits")).json()[
        "data"
    ]
    (left,) = (each["remaining"] for each in standings if each["limiter"] == "config")
    assert isinstance(left, int)
    return left


def _state(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if "ratelimit" in name}
