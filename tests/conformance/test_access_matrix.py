"""Every route, asked by every persona, on both databases, against the committed table.

The table is `access_matrix.txt` beside this file: a route a row, a persona a column. A route
without a row fails, and so does a row without a route. A new route needs an example of a valid
request in `tests/support/access_requests.py`, and its row. Where the table and the node differ, the
failure names a file with the table as it was seen: read every line of the difference, then put it
in the place of the committed one, below its comment. Whoever reviews the change reads it again.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from tests.support.access_matrix import Row, Seen, Stage, read_table, set_stage, written_table
from tests.support.access_requests import NOTHING, WANTS_SESSION, request_for, write_source
from tests.support.doors import ask_quickly
from tests.support.nodes import Journal, Node, running_node
from tests.support.personas import HOME, LOCAL_TOKEN, PERSONAS

pytestmark = pytest.mark.asyncio(loop_scope="module")

TABLE = read_table()
HOT = ("GET /config/{name}", "PUT /config/{name}")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def strict_node(
    module_url: str, module_journal: Journal, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Node]:
    """A node on which everybody has to prove who they are."""
    # It is recorded from before the node on; another one may have been there before.
    assert isinstance(module_journal, Journal)
    sources = tmp_path_factory.mktemp("sources")
    write_source(sources)
    async with running_node(
        url=module_url,
        folder=tmp_path_factory.mktemp("node"),
        SYNC_FILES_ROOT=sources,
        COLLECTOR_TENANT=HOME,
        local_token=LOCAL_TOKEN,
        DEV=False,
        ENABLE_RATE_LIMIT=False,
    ) as node:
        yield node


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(strict_node: Node) -> Stage:
    return await set_stage(strict_node)


async def test_every_route_answers_every_persona_as_the_table_says(
    stage: Stage, tmp_path: Path
) -> None:
    seen = [await stage.row_of(route) for route in await stage.routes()]

    as_seen = tmp_path / "access_matrix.txt"
    as_seen.write_text(written_table(seen), encoding="utf-8")
    assert [*map(str, seen)] == [*map(str, TABLE)], f"the table as it was seen: {as_seen}"


async def test_a_key_may_do_what_a_session_of_its_role_may(stage: Stage) -> None:
    personas = {name: await stage.cast.key(name) for name in PERSONAS}

    for row in _one_of_each_permission():
        for name, persona in personas.items():
            seen = await stage.see_as(row.route, persona)
            assert seen.outcome == row[name], (row.route, name)


@pytest.mark.parametrize("route", sorted(WANTS_SESSION))
async def test_a_key_has_no_session_to_end_or_to_change(stage: Stage, route: str) -> None:
    for name in PERSONAS[1:]:
        seen = await stage.see_as(route, await stage.cast.key(name))
        assert (seen.status, seen.code) == (400, "no_session"), name


async def test_the_holder_of_the_local_token_may_do_what_root_may(stage: Stage) -> None:
    for row in _one_of_each_permission():
        assert (await stage.see_as(row.route, stage.cast.root)).outcome == row["root"], row.route


@pytest.mark.parametrize("name", ["stranger", "nobody"])
async def test_who_may_not_ask_is_not_told_what_there_is(stage: Stage, name: str) -> None:
    persona = await stage.cast.session(name)

    for row in TABLE:
        sent = await request_for(row.route, stage.cast, persona, stage.props)
        of_nothing = {
            parameter: value if parameter == "timestamp" else NOTHING.get(parameter, "never-was")
            for parameter, value in sent.path.items()
            if parameter != "tenant" and f"{{{parameter}}}" in row.route
        }
        seen = await stage.send(row.route, persona, sent)
        if not of_nothing or seen.outcome == "yes":
            continue
        missing = msgspec.structs.replace(sent, path={**sent.path, **of_nothing})
        assert _told(await stage.send(row.route, persona, missing)) == _told(seen), row.route


@pytest.mark.parametrize("tenant", ["*", "global", "never-was"])
async def test_a_tenant_that_is_none_is_nobodys_but_roots(stage: Stage, tenant: str) -> None:
    for name in ("viewer", "editor", "operator", "admin", "stranger", "nobody"):
        persona = await stage.cast.session(name)
        for row in TABLE:
            if "{tenant}" not in row.route:
                continue
            sent = await request_for(row.route, stage.cast, persona, stage.props)
            named = msgspec.structs.replace(
                sent,
                path={**sent.path, "tenant": tenant},
                query={"confirm": tenant} if sent.query else {},
            )
            seen = await stage.send(row.route, persona, named)
            assert seen.outcome == "403", (row.route, name)


async def test_the_quick_door_lets_nobody_in_whom_the_table_does_not(
    stage: Stage, strict_node: Node
) -> None:
    rows = {row.route: row for row in TABLE}
    answered = 0

    for name in (*PERSONAS, "nobody"):
        persona = await stage.cast.session(name)
        await stage.see_as(HOT[0], persona)
        for route in HOT:
            method, path = route.split(" ")
            quick = await ask_quickly(
                strict_node,
                method,
                path.replace("{name}", "setting"),
                headers={**persona.headers, "X-Tenant-ID": HOME},
                body=b'{"value":1}',
            )
            if quick is None:
                continue
            may = name != "nobody" and rows[route][name] == "yes"
            assert quick.is_success == may, (route, name, quick.text)
            answered += 1

    assert answered >= len(HOT)


async def test_metrics_are_everybodys_who_is_on_the_machine(strict_node: Node) -> None:
    assert (await strict_node.http.get("/metrics")).status_code == 200


def _one_of_each_permission() -> list[Row]:
    """Return a row for each permission, of what a key can do."""
    rows = [row for row in TABLE if row.route not in WANTS_SESSION]
    return list({row.permission: row for row in reversed(rows)}.values())


def _told(seen: Seen) -> Seen:
    return msgspec.structs.replace(seen, text="")
