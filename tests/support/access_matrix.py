"""The table of who may do what: read, written, and seen on a running node."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlencode

import httpx
import msgspec

from tests.support.access_requests import (
    AT_HOME,
    SPENDS_SESSION,
    STREAMS,
    Sent,
    prepare_props,
    request_for,
)
from tests.support.nodes import Node
from tests.support.personas import HOME, PERSONAS, Cast, Persona, gather_cast
from tests.support.watching import watching

TABLE: Final = Path(__file__).parents[1] / "conformance" / "access_matrix.txt"
PUBLIC: Final = "public"
ANYBODY: Final = "anybody"

_COLUMNS: Final = ("method", "path", "permission", *PERSONAS)


class Row(msgspec.Struct, frozen=True, order=True):
    """A route: which permission it asks for, and what becomes of each persona's request."""

    route: str
    permission: str
    cells: tuple[str, ...]

    def __getitem__(self, persona: str) -> str:
        """Return the cell of a persona."""
        return self.cells[_COLUMNS.index(persona) - 3]

    def __str__(self) -> str:
        """Return the row as the table has it, without its blanks."""
        return " ".join((self.route, self.permission, *self.cells))


class Seen(msgspec.Struct, frozen=True):
    """What was answered: `permission` is the one that was found missing."""

    status: int
    text: str
    permission: str | None = None
    code: str | None = None

    @property
    def outcome(self) -> str:
        """The cell: `yes`, 401 or 403; raises for an answer that says nothing of who may ask."""
        assert self.status in (200, 201, 202, 204, 401, 403), f"{self.status}: {self.text}"
        return "yes" if self.status < 300 else str(self.status)


class Stage:
    """A running node with its personas, whose sessions are remembered."""

    def __init__(self, node: Node, cast: Cast, props: Mapping[str, str]) -> None:
        self.cast = cast
        self.props = props
        self._node = node
        self._sessions: dict[str, Persona] = {}

    async def routes(self) -> list[str]:
        """Return every route of the OpenAPI document."""
        document = (await self._node.http.get("/openapi.json")).json()
        return [
            f"{method.upper()} {path}"
            for path, item in document["paths"].items()
            for method in item
        ]

    async def row_of(self, route: str) -> Row:
        """Ask a route as every persona, and as somebody without any role."""
        seen = {name: await self.see(route, name) for name in (*PERSONAS, "nobody")}
        for name in ("anonymous", "stranger"):
            assert HOME not in (seen[name].text if seen[name].status < 300 else ""), (
                f"{route} tells {name} of {HOME}"
            )

        if seen["anonymous"].outcome == "yes":
            permission = PUBLIC
        else:
            permission = seen["nobody"].permission or ANYBODY
            assert (permission == ANYBODY) == (seen["nobody"].outcome == "yes")
        return Row(route, permission, tuple(seen[name].outcome for name in PERSONAS))

    async def see(self, route: str, name: str) -> Seen:
        """Ask a route as the persona `name`, with a session."""
        spends = route in SPENDS_SESSION
        if spends or name not in self._sessions:
            self._sessions[name] = await self.cast.session(name)
        persona = self._sessions.pop(name) if spends else self._sessions[name]
        return await self.see_as(route, persona)

    async def see_as(self, route: str, persona: Persona) -> Seen:
        """Ask a route as any persona."""
        return await self.send(
            route, persona, await request_for(route, self.cast, persona, self.props)
        )

    async def send(self, route: str, persona: Persona, sent: Sent) -> Seen:
        """Send a request to a route as a persona."""
        method, path = route.split(" ")
        for name, value in sent.path.items():
            path = path.replace(f"{{{name}}}", quote(value, safe=""))
        headers = {"Accept": "application/json", **(AT_HOME if _is_of_a_tenant(path) else {})}
        if route.replace(" /v1", " ") in STREAMS:
            return await self._watch(path, {**persona.headers, **headers})
        if sent.query:
            path += f"?{urlencode(sent.query)}"
        body = {} if sent.body is None else {"json": sent.body}
        return _seen(await self.cast.ask(persona, method, path, headers=headers, **body))

    async def _watch(self, path: str, headers: dict[str, str]) -> Seen:
        async with watching(
            self._node.app.asgi, path=path, tenant_id=HOME, headers=headers
        ) as watch:
            answer = httpx.Response(watch.status, headers=watch.headers, content=watch.received)
            return _seen(answer)


async def set_stage(node: Node) -> Stage:
    """Make the personas of a node, and what their requests are about."""
    cast = await gather_cast(node)
    return Stage(node, cast, await prepare_props(cast))


def read_table(path: Path = TABLE) -> list[Row]:
    """Read the committed table."""
    lines = path.read_text(encoding="utf-8").splitlines()
    found = [line.split() for line in lines if line and not line.startswith("#")]
    assert tuple(found[0]) == _COLUMNS
    return [Row(f"{row[0]} {row[1]}", row[2], tuple(row[3:])) for row in found[1:]]


def written_table(rows: Iterable[Row]) -> str:
    """Return a table as it is committed, but for the comment above it."""
    table = [_COLUMNS, *((*row.route.split(" "), row.permission, *row.cells) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return "".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        + "\n"
        for row in table
    )


def _is_of_a_tenant(path: str) -> bool:
    return "/config" in path or path.startswith(
        (
            "/api/clients",
            "/api/collector",
            "/api/database-updater",
            "/api/engagement-leaders",
            "/api/growth-velocity",
            "/api/network-stats",
            "/api/sync",
            "/api/trending",
            "/ofrep",
            "/flags.json",
        )
    )


def _seen(answer: httpx.Response) -> Seen:
    permission = code = None
    if answer.status_code >= 400 and answer.headers.get("content-type") == "application/json":
        body = answer.json()
        # The protocol of flags has a form of its own, in which details are metadata.
        error = body.get("error") or {"code": body["metadata"]["code"], "details": body["metadata"]}
        code = error["code"]
        permission = (error.get("details") or {}).get("permission")
    return Seen(answer.status_code, answer.text, permission, code)
