"""The list: what is there, page by page, and what was there at any moment."""

import asyncio
import random
import re
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.support.nodes import ConfigClient, Node

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_without_settings_the_list_is_empty(configs: ConfigClient) -> None:
    answer = await configs.ask("GET")
    assert (answer.status_code, answer.content) == (200, b"[]")
    assert answer.headers["content-type"] == "application/json"


async def test_the_list_has_exactly_name_and_value_of_each(configs: ConfigClient) -> None:
    await configs.put("b", "two")
    await configs.put("a", "one")
    await configs.put("c", {"three": [3.0, None]})

    for prefixed in (configs, configs.under("/v1/config")):
        assert await prefixed.items() == [
            {"name": "a", "value": "one"},
            {"name": "b", "value": "two"},
            {"name": "c", "value": {"three": [3.0, None]}},
        ]


async def test_the_list_shows_what_is_there_now(configs: ConfigClient) -> None:
    await configs.put("a", 1)
    assert await configs.tree() == {"a": 1}
    await configs.put("b", 2)
    assert await configs.tree() == {"a": 1, "b": 2}
    await configs.delete("a")
    assert await configs.tree() == {"b": 2}
    await configs.put("a", 3)
    assert await configs.tree() == {"a": 3, "b": 2}


async def test_a_thousand_and_three_settings_are_all_listed(
    configs: ConfigClient, module_node: Node
) -> None:
    names = [f"key_{n:04}" for n in range(1_003)]
    await asyncio.gather(*(configs.put(name, name) for name in names))
    assert await configs.tree() == {name: name for name in names}
    last = module_node.runner.position
    assert len(await configs.items(at=last)) == 1_003


async def test_names_are_sorted_by_their_code_points(configs: ConfigClient) -> None:
    names = [
        "~",
        "a",
        "B",
        "ab",
        "a b",
        "a!",
        "é",
        "z",
        "\uff41",
        "🚀",
        "\U0010ffff",
        "1",
        "10",
        "2",
    ]
    for name in names:
        await configs.put(name, name)
    position = (await configs.history("2"))[0]["position"]

    for query in ({}, {"at": position}):
        assert [item["name"] for item in await configs.items(**query)] == sorted(names)


async def test_a_prefix_selects_the_names_that_start_with_it(configs: ConfigClient) -> None:
    names = ["db.host", "db.port", "db", "d", "dc", "db.\U0010ffff\U0010ffff", "x.db.", "DB.host"]
    for name in names:
        await configs.put(name, name)
    position = (await configs.history("DB.host"))[0]["position"]

    for prefix in ("db.", "db", "d", "", "nobody", "DB.", "db.\U0010ffff"):
        wanted = sorted(name for name in names if name.startswith(prefix))
        for query in ({}, {"at": position}):
            found = await configs.items(prefix=prefix, **query)
            assert [item["name"] for item in found] == wanted, (prefix, query)


@pytest.mark.parametrize("limit", [1, 3, 4, 12, 13])
@pytest.mark.parametrize("is_past", [False, True], ids=["now", "at"])
async def test_the_links_lead_through_everything_once(
    configs: ConfigClient, *, limit: int, is_past: bool
) -> None:
    names = [f"p:{n} & ?#🚀+" for n in range(12)]
    for name in [*names, "outside"]:
        await configs.put(name, name)
    query: dict[str, Any] = {"prefix": "p:", "limit": limit}
    if is_past:
        query["at"] = (await configs.history("outside"))[0]["created_at"]
        await configs.put("p:new", "later")

    pages = await _pages(configs, query)
    assert [len(page) for page in pages[:-1]] == [limit] * (len(pages) - 1)
    assert [item["name"] for page in pages for item in page] == sorted(names)


async def test_pages_stay_true_while_settings_come_and_go(configs: ConfigClient) -> None:
    for name in "bdfhj":
        await configs.put(name, name)

    first = await configs.ask("GET", params={"limit": "2"})
    assert [item["name"] for item in first.json()] == ["b", "d"]
    # One behind the page that was read, one before it, and the very name it ended with.
    await configs.put("e", "new")
    await configs.put("a", "new")
    await configs.delete("d")

    second = await _follow(configs, first)
    assert second is not None
    assert [item["name"] for item in second.json()] == ["e", "f"]


async def test_the_link_keeps_the_prefix_of_the_path(configs: ConfigClient) -> None:
    for name in "abc":
        await configs.put(name, name)
    answer = await configs.under("/v1/config").ask("GET", params={"limit": "1"})
    assert re.fullmatch(r'</v1/config\?limit=1&cursor=[\w-]+>; rel="next"', answer.headers["link"])


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=-1",
        "limit=100001",
        "limit=x",
        "limit=null",
        "limit=1.5",
        "cursor=!",
        "cursor=_w",
        "cursor=é",
        "at=",
        "at=x",
        "at=-1",
        "at=2024-01-15",
        "at=2024-01-15T10:30:00",
        "at=2024-13-15T10:30:00Z",
    ],
)
async def test_a_malformed_query_is_a_400(configs: ConfigClient, query: str) -> None:
    answer = await configs.ask("GET", f"?{query}")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"


async def test_the_tree_of_any_moment_agrees_with_a_model(
    configs: ConfigClient, module_node: Node
) -> None:
    chance = random.Random(7)
    before = module_node.runner.position
    model: dict[str, int] = {}
    trees = {before: dict(model)}
    instants: dict[str, int] = {}

    for step in range(60):
        module_node.clock.advance(chance.choice([0, 1, 3600]))
        name = chance.choice("abcdefg")
        if name in model and chance.random() < 0.4:
            del model[name]
            await configs.delete(name)
        else:
            model[name] = step
            await configs.put(name, step)
        position = module_node.runner.position
        trees[position] = dict(model)
        instants[(await configs.history(name))[-1]["created_at"]] = position

    for position, tree in trees.items():
        assert await configs.tree(at=position) == tree
        chosen = chance.choice("abcdefg")
        answer = await configs.ask("GET", f"/{chosen}", params={"at": str(position)})
        assert answer.status_code == (200 if chosen in tree else 404)
        assert answer.text == str(tree.get(chosen, "Not Found"))
    for instant, position in instants.items():
        assert await configs.tree(at=instant) == trees[position]
        assert await configs.tree(at=_shifted(instant, -1)) == trees[position - 1]


async def test_a_moment_before_everything_is_empty_and_one_to_come_is_the_present(
    configs: ConfigClient,
) -> None:
    await configs.put("a", 1)
    assert await configs.items(at=0) == []
    assert await configs.items(at="0001-01-01T00:00:00Z") == []
    assert await configs.tree(at="9" * 18) == {"a": 1}
    assert await configs.tree(at="9999-12-31T23:59:59.999999Z") == {"a": 1}


async def test_an_instant_may_have_any_offset(configs: ConfigClient) -> None:
    await configs.put("a", 1)
    created_at = (await configs.history("a"))[0]["created_at"]
    instant = datetime.fromisoformat(created_at)
    east = instant.astimezone(datetime.strptime("+0530", "%z").tzinfo).isoformat()
    assert await configs.tree(at=east) == {"a": 1}


async def _pages(configs: ConfigClient, query: dict[str, Any]) -> list[list[dict[str, Any]]]:
    answer: httpx.Response | None
    answer = await configs.ask("GET", params={name: str(value) for name, value in query.items()})
    pages = []
    while answer is not None:
        pages.append(answer.json())
        answer = await _follow(configs, answer)
    return pages


async def _follow(configs: ConfigClient, answer: httpx.Response) -> httpx.Response | None:
    if "next" not in answer.links:
        return None
    url = answer.links["next"]["url"]
    assert url.startswith("/config?")
    return await configs.ask("GET", url.removeprefix("/config"))


def _shifted(instant: str, microseconds: int) -> str:
    return (datetime.fromisoformat(instant) + timedelta(microseconds=microseconds)).isoformat()
