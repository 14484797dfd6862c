"""A database, read table by table and page by page in the order of the key."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import pairwise
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection, Engine

from tenantry.sync.errors import NetworkError, SyncError, ValidationError
from tenantry.sync.model import (
    SECRET_PREFIX,
    Collection,
    CollectionCheck,
    Position,
    SourcePage,
    SqlSource,
)
from tenantry.sync.remote.checking import check_collections
from tenantry.sync.remote.port import SecretReader
from tenantry.sync.remote.reach import Reach
from tenantry.sync.remote.rows import check_rows
from tenantry.sync.remote.secrets import read_secret
from tenantry.sync.remote.since import since_of
from tenantry.sync.remote.sql.address import CONNECTIONS, engine_at
from tenantry.sync.remote.sql.failures import told
from tenantry.sync.remote.sql.position import key_in, like, place_of, token_after
from tenantry.sync.remote.sql.statements import (
    a_cursor_of,
    a_row_without_key,
    count_of,
    rows_of,
)
from tenantry.sync.remote.values import plain
from tenantry.sync.rules import name_of

T = TypeVar("T")


class SqlReader:
    """The `OpenSource` of a `SqlSource`; statements run on threads of its own.

    Pages follow the key, so rows that come and go meanwhile neither move others out of sight nor
    into it twice. A statement that takes too long, or that nobody waits for any more, is ended.
    """

    def __init__(self, *, source: SqlSource, engine: Engine, threads: ThreadPoolExecutor) -> None:
        self._source = source
        self._engine = engine
        self._threads = threads

    @classmethod
    async def open(
        cls, source: SqlSource, *, tenant_id: str, secret: SecretReader, reach: Reach
    ) -> "SqlReader":
        """Open the source: look its host up, and find its driver; nothing is connected to yet."""
        url = source.url
        if url.startswith(SECRET_PREFIX):
            url = await read_secret(secret, name_of(url))
        threads = ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="sync-sql")
        seconds = source.timeout_seconds
        try:
            async with asyncio.timeout(seconds):
                engine = await asyncio.get_running_loop().run_in_executor(
                    threads,
                    lambda: engine_at(
                        url, reach=reach, tenant_id=tenant_id, timeout_seconds=seconds
                    ),
                )
        except TimeoutError:
            threads.shutdown(wait=False)
            raise NetworkError(f"url: the host was not found within {seconds:g} s") from None
        except BaseException:  # whatever ends the opening, its threads end too
            threads.shutdown(wait=False)
            raise
        return cls(source=source, engine=engine, threads=threads)

    async def fetch(self, collection: Collection, position: Position) -> SourcePage:
        """Return the page at `position`."""
        return await self._run(collection, self._page, collection, position)

    async def check(self) -> tuple[CollectionCheck, ...]:
        """Ask for the first page of every collection, and count its rows."""
        found = await check_collections(self._source.collections, self.fetch)
        return tuple(
            [
                await self._counted(collection, check)
                for collection, check in zip(self._source.collections, found, strict=True)
            ]
        )

    async def close(self) -> None:
        """Close all connections."""
        await asyncio.to_thread(self._threads.shutdown, cancel_futures=True)
        await asyncio.to_thread(self._engine.dispose)

    async def _counted(self, collection: Collection, check: CollectionCheck) -> CollectionCheck:
        if not check.is_ok:
            return check
        try:
            total = await self._run(collection, _count, collection)
        except SyncError as error:
            return msgspec.structs.replace(
                check, is_ok=False, error_type=error.type, error=error.message
            )
        return msgspec.structs.replace(check, total=total)

    async def _run(
        self,
        collection: Collection,
        function: Callable[..., T],
        *args: Any,
    ) -> T:
        """Call `function` with a connection on a thread, for as long as it may take."""
        unit = _Unit(self._engine, collection.name)
        seconds = self._source.timeout_seconds
        loop = asyncio.get_running_loop()
        running = loop.run_in_executor(self._threads, unit.run, function, *args)
        try:
            async with asyncio.timeout(seconds):
                return await running
        except TimeoutError:
            raise NetworkError(f"{collection.name}: no answer within {seconds:g} s") from None
        finally:
            if running.cancelled():
                # Some drivers open a connection for it. Nobody waits for that either.
                _ = loop.run_in_executor(None, unit.end)

    def _page(
        self, connection: Connection, collection: Collection, position: Position
    ) -> SourcePage:
        where = collection.name
        after: Sequence[Any] = ()
        since_text = since_of(position) if collection.cursor is not None else None
        if position.token is not None:
            place = place_of(position.token, where=where)
            after, since_text = key_in(place, where=where), place.since
            if len(after) != len(collection.key):
                told_ = "the place to read on at is of another key; begin the collection anew"
                raise ValidationError(f"{where}: {told_}")
        else:
            _check_keys(connection, collection)

        since = _since(connection, collection, since_text)
        count = self._source.page_size
        statement = rows_of(collection, count=count + 1, after=after, since=since)
        result = connection.execute(statement)
        names = list(result.keys())
        _check_columns(names, collection)
        rows = [dict(zip(names, row, strict=True)) for row in result]
        keys = [tuple(row[name] for name in collection.key) for row in rows]
        _check_unique([tuple(after), *keys] if after else keys, where)

        has_more = len(rows) > count
        shown = [
            {name: plain(value, where=f"{where}: {name}") for name, value in row.items()}
            for row in rows[:count]
        ]
        is_incremental = since is not None
        return SourcePage(
            rows=check_rows(shown, collection, where=where),
            next_token=token_after(
                keys[count - 1], since_text if is_incremental else None, where=where
            )
            if has_more
            else None,
            is_incremental=is_incremental,
        )


class _Unit:
    """One call on one connection, which another thread may end."""

    def __init__(self, engine: Engine, where: str) -> None:
        self._engine = engine
        self._where = where
        self._lock = threading.Lock()
        self._raw: Any = None
        self._is_ended = False

    def run(self, function: Callable[..., T], *args: Any) -> T:
        """Connect, call, and roll back."""
        with told(self._where), self._engine.connect() as connection:
            with self._lock:
                if self._is_ended:
                    raise NetworkError(f"{self._where}: nobody waits for it any more")
                self._raw = connection.connection.dbapi_connection
            try:
                return function(connection, *args)
            finally:
                self._let_go(connection)

    def end(self) -> None:
        """End the statement that is running, where the driver can, and begin no other."""
        with self._lock:
            self._is_ended = True
            for name in ("cancel", "interrupt"):
                if callable(stop := getattr(self._raw, name, None)):
                    # The connection may be gone by now: then there is nothing to end.
                    with suppress(Exception):
                        stop()
                    return

    def _let_go(self, connection: Connection) -> None:
        with self._lock:
            self._raw = None
            if self._is_ended:
                # The end may come late, and would be that of whoever uses it next.
                connection.invalidate()
            else:
                connection.rollback()


def _count(connection: Connection, collection: Collection) -> int:
    return int(connection.execute(count_of(collection)).scalar_one())


def _check_keys(connection: Connection, collection: Collection) -> None:
    if connection.execute(a_row_without_key(collection)).first() is not None:
        names = ", ".join(collection.key)
        raise ValidationError(f"{collection.name}: there are rows without a value of {names}")


def _check_columns(names: Sequence[str], collection: Collection) -> None:
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValidationError(f"{collection.name}: got {twice[0]} twice, wants each column once")
    if missing := [name for name in collection.key if name not in names]:
        raise ValidationError(f"{collection.name}: {missing[0]}: got no such column")


def _check_unique(keys: Sequence[tuple[Any, ...]], where: str) -> None:
    # In their order, equal ones are neighbours; behind a page, the second would never be seen.
    if any(first == second for first, second in pairwise(keys)):
        raise ValidationError(f"{where}: got two rows of the same key, wants a key of its own each")


def _since(connection: Connection, collection: Collection, text: str | None) -> Any:
    """Return the value that the cursor is compared with, None to read all of it.

    That is also what is done with a text that is no value of the column, as after a change of it.
    """
    if text is None or collection.cursor is None:
        return None
    example = connection.execute(a_cursor_of(collection)).scalar()
    try:
        return like(text, example)
    except ValueError:
        return None
