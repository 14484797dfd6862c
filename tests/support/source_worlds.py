"""The same rows behind every kind of source: an API, two databases and three kinds of file."""

import csv
import json
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import psycopg
import pyarrow as pa  # type: ignore[import-untyped] # it has no types
from pyarrow import parquet

from tenantry.sync.model import Source
from tenantry.sync.remote import LOOPBACK, Reach
from tenantry.sync.rules import parse_source
from tenantry.testing.upstream import FakeUpstream
from tests.support.sources import TENANT

KINDS = ("http", "sqlite", "postgres", "jsonl", "csv", "parquet")
TELLS_UNCHANGED = ("http", "jsonl", "csv", "parquet")

TextRow = dict[str, str]


class World(Protocol):
    """Somewhere that rows are kept."""

    reach: Reach

    def put(self, rows: Sequence[TextRow]) -> None:
        """Keep these rows, and no others."""
        ...

    def source(self, *, page_size: int, key: str | list[str]) -> Source:
        """Return the source of one collection, `things`."""
        ...


class HttpWorld:
    """An upstream."""

    reach = Reach(networks=LOOPBACK)

    def __init__(self, upstream: FakeUpstream) -> None:
        self._upstream = upstream

    def put(self, rows: Sequence[TextRow]) -> None:
        """Keep these rows."""
        self._upstream.shelf().remove("things")
        self._upstream.shelf().add("things", *rows)

    def source(self, *, page_size: int, key: str | list[str]) -> Source:
        """Return the source."""
        collection = {"name": "things", "key": key, "path": "/tenants/{tenant}/things"}
        return parse_source(
            {
                "type": "http",
                "base_url": self._upstream.base_url,
                "page_size": page_size,
                "collections": [collection],
            }
        )


class SqlWorld:
    """A database: SQLite in the tenant's folder, or the tests' PostgreSQL over its socket."""

    def __init__(self, folder: Path, postgres_url: str | None) -> None:
        self.reach = Reach(networks=LOOPBACK, files_root=folder)
        self._file = folder / TENANT / "things.db"
        self._postgres_url = postgres_url
        self._file.parent.mkdir()

    def put(self, rows: Sequence[TextRow]) -> None:
        """Keep these rows."""
        values = [(row.get("id"), row.get("region"), row.get("words")) for row in rows]
        self.run("DROP TABLE IF EXISTS things")
        self.run("CREATE TABLE things (id TEXT, region TEXT, words TEXT)")
        self.run("INSERT INTO things VALUES (?, ?, ?)", values)

    def run(self, statement: str, values: Sequence[Sequence[Any]] | None = None) -> None:
        """Run a statement, once for each of `values` where they are given."""
        if self._postgres_url is not None:
            with psycopg.connect(self._postgres_url) as connection, connection.cursor() as cursor:
                text = statement.replace("?", "%s").encode()
                if values is None:
                    cursor.execute(text)
                else:
                    cursor.executemany(text, values)
            return
        lite = sqlite3.connect(self._file)
        with lite:
            lite.executemany(statement, values) if values is not None else lite.execute(statement)
        lite.close()

    def ask(self, statement: str) -> Any:
        """Return the one value that PostgreSQL answers."""
        assert self._postgres_url is not None
        with psycopg.connect(self._postgres_url) as connection:
            row = connection.execute(statement.encode()).fetchone()
        return None if row is None else row[0]

    @property
    def url(self) -> str:
        """The database, as a source names it."""
        if self._postgres_url is None:
            return f"sqlite:///{TENANT}/things.db"
        parts = urlsplit(self._postgres_url)
        return f"postgresql+psycopg://{parts.netloc}{parts.path}?{parts.query}"

    def source(self, *, page_size: int, key: str | list[str]) -> Source:
        """Return the source."""
        return self.source_of({"name": "things", "table": "things", "key": key}, page_size)

    def source_of(self, collection: dict[str, Any], page_size: int = 100) -> Source:
        """Return the source of a collection."""
        return parse_source(
            {"type": "sql", "url": self.url, "page_size": page_size, "collections": [collection]}
        )


class FileWorld:
    """A file in the tenant's folder."""

    def __init__(self, folder: Path, suffix: str) -> None:
        self.reach = Reach(files_root=folder)
        self.file = folder / TENANT / f"things.{suffix}"
        self.file.parent.mkdir()

    def put(self, rows: Sequence[TextRow]) -> None:
        """Keep these rows, in a new file in the place of the old one."""
        new = self.file.with_suffix(".new")
        names = sorted({name for row in rows for name in row} or {"id"})
        match self.file.suffix:
            case ".jsonl":
                new.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
            case ".csv":
                with new.open("w", newline="") as file:
                    writer = csv.DictWriter(file, names)
                    writer.writeheader()
                    writer.writerows(rows)
            case _:
                columns = {name: [row.get(name) for row in rows] for name in names}
                schema = pa.schema([(name, pa.string()) for name in names])
                parquet.write_table(pa.table(columns, schema=schema), new, row_group_size=40)
        new.replace(self.file)

    def source(self, *, page_size: int, key: str | list[str]) -> Source:
        """Return the source."""
        collection = {"name": "things", "key": key, "file": self.file.name}
        return parse_source(
            {"type": "files", "path": TENANT, "page_size": page_size, "collections": [collection]}
        )


@asynccontextmanager
async def world_of(kind: str, folder: Path, postgres_url: str | None) -> AsyncIterator[World]:
    """Make a world of one of `KINDS`; its files are in `folder`, which is there."""
    if kind == "http":
        async with FakeUpstream({TENANT: {"things": []}}) as upstream:
            yield HttpWorld(upstream)
    elif kind in ("sqlite", "postgres"):
        yield SqlWorld(folder, postgres_url)
    else:
        yield FileWorld(folder, kind)
