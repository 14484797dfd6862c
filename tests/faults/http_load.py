"""Load over HTTP: writers and readers on connections of their own, and what they were answered."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, urlsplit

import msgspec

from tests.faults.histories import Histories, Record
from tests.faults.steps import Ack, Step, names_of, step_of
from tests.support.waiting import eventually

KEPT = "kept"
"""A setting that is there before any load and is never written again."""

_KEPT_VALUE = "was there before"
_PAUSE_SECONDS = 0.02
_GONE = (ConnectionError, asyncio.IncompleteReadError)
_REFUSED = {404, 410, 412}


class Answer(msgspec.Struct, frozen=True):
    """One answer; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return msgspec.json.decode(self.body)


class Connection:
    """One connection that is kept alive, opened anew where an answer has closed it.

    Loses no time on anything but the bytes; raises `ConnectionError` or `IncompleteReadError`
    where the server goes away.
    """

    def __init__(self, address: str) -> None:
        self._address = urlsplit(address)
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._close()

    async def ask(self, method: str, path: str, *, body: bytes = b"", **headers: str) -> Answer:
        """Send a request and wait for its answer; a header `if_match` is `If-Match`."""
        if self._streams is None:
            host, port = self._address.hostname, self._address.port
            self._streams = await asyncio.open_connection(host, port)
        reader, writer = self._streams
        writer.write(_request(method, path, body, headers))
        try:
            answer = await _read_answer(reader)
        except BaseException:
            self._close()
            raise
        if answer.headers.get("connection") == "close":
            self._close()
        return answer

    def _close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


class Load:
    """Writers that carry out their steps one by one, each until it is answered, and readers.

    What a server that has gone left unanswered is sent again, byte for byte, to the next one.
    Two loads of one database have writers of different numbers.
    """

    def __init__(self, *, writers: int = 8, readers: int = 2, first_writer: int = 0) -> None:
        self.acks: list[Ack] = []
        self.refused: list[str] = []
        self.writes: Counter[int] = Counter()
        self.reads: Counter[int] = Counter()
        self._next = dict.fromkeys(range(first_writer, first_writer + writers), 0)
        self._unanswered: dict[int, dict[str, Any]] = {}
        self._reader_count = readers
        self._is_over = False

    @property
    def names(self) -> list[str]:
        """Every name that is written."""
        return names_of(self._next)

    @contextlib.asynccontextmanager
    async def on(self, address: str) -> AsyncIterator[None]:
        """Load the server at `address` until the end of the block, or until it goes away."""
        async with Connection(address) as http:
            stored = await http.ask("PUT", f"/config/{KEPT}", body=_body(_KEPT_VALUE))
            assert stored.status == 200, stored

        self._is_over = False
        tasks = [
            *(asyncio.create_task(self._write(address, writer)) for writer in self._next),
            *(asyncio.create_task(self._read(address)) for _ in range(self._reader_count)),
        ]
        try:
            yield
        finally:
            self._is_over = True
            await asyncio.gather(*tasks)

    async def acknowledged(self, count: int, *, timeout: float = 30.0) -> None:  # noqa: ASYNC109 - as in `eventually`
        """Wait for so many more acknowledgements."""
        target = len(self.acks) + count
        await eventually(lambda: len(self.acks) >= target, timeout=timeout)

    async def _write(self, address: str, writer: int) -> None:
        async with Connection(address) as http:
            with contextlib.suppress(*_GONE):
                while not self._is_over:
                    await self._carry_out(http, writer)

    async def _carry_out(self, http: Connection, writer: int) -> None:
        step = step_of(writer, self._next[writer])
        if writer not in self._unanswered:
            self._unanswered[writer] = await _request_for(http, step)
        answer = await http.ask(**self._unanswered[writer])

        self.writes[answer.status] += 1
        if answer.status == 503:
            assert int(answer.headers["retry-after"]) >= 1
            await asyncio.sleep(_PAUSE_SECONDS)
            return
        if answer.status == 200:
            self.acks.append(_ack(step, answer))
        else:
            assert answer.status in _REFUSED, answer
            self.refused.append(step.key)
        del self._unanswered[writer]
        self._next[writer] += 1

    async def _read(self, address: str) -> None:
        """Read what is known to be there: it is told, or nothing is."""
        async with Connection(address) as http:
            with contextlib.suppress(*_GONE):
                while not self._is_over:
                    one, tree = (
                        await http.ask("GET", f"/config/{KEPT}"),
                        await http.ask("GET", "/config"),
                    )
                    self._check_read(one, lambda answer: answer.body.decode() == _KEPT_VALUE)
                    self._check_read(tree, lambda answer: KEPT in {e["name"] for e in answer.json})
                    await asyncio.sleep(_PAUSE_SECONDS)

    def _check_read(self, answer: Answer, is_true: Any) -> None:
        self.reads[answer.status] += 1
        if answer.status == 503:
            assert int(answer.headers["retry-after"]) >= 1
        else:
            assert answer.status == 200, answer
            assert is_true(answer), answer


async def assert_serves(address: str, *loads: Load) -> None:
    """Fail unless history, list and time travel agree, and hold all that was acknowledged."""
    async with Connection(address) as http:
        histories = await histories_at(
            http, sorted({name for load in loads for name in load.names})
        )
        histories.assert_unbroken()
        histories.assert_once(refused=[key for load in loads for key in load.refused])
        for load in loads:
            histories.assert_holds(load.acks)

        assert await _tree(http, "/config") == histories.tree()
        for record in _sample(histories.records):
            tree = await _tree(http, f"/config?at={record.position}")
            assert tree == histories.tree(record.position)
            name = record.data["config_name"]
            found = await http.ask("GET", f"{_path(name)}/at/{record.created_at}")
            assert found.status == (200 if record.is_set else 404)
            assert not record.is_set or found.json == record.value


async def histories_at(http: Connection, names: list[str]) -> Histories:
    """Read the histories of `names`."""
    by_name = {}
    for name in names:
        answer = await http.ask("GET", f"{_path(name)}/history")
        assert answer.status == 200, answer
        by_name[name] = msgspec.json.decode(answer.body, type=list[Record])
    return Histories(by_name)


async def _tree(http: Connection, path: str) -> dict[str, Any]:
    answer = await http.ask("GET", path)
    assert answer.status == 200, answer
    return {item["name"]: item["value"] for item in answer.json if item["name"] != KEPT}


async def _request_for(http: Connection, step: Step) -> dict[str, Any]:
    headers = {"idempotency_key": step.key, "x_request_id": step.key}
    if step.kind == "create":
        headers["if_none_match"] = "*"
    if step.kind == "match":
        found = await http.ask("GET", _path(step.name))
        headers["if_match"] = found.headers.get("etag", '"1"')
    if step.kind == "delete":
        return {"method": "DELETE", "path": _path(step.name), **headers}
    return {"method": "PUT", "path": _path(step.name), "body": _body(step.value), **headers}


def _ack(step: Step, answer: Answer) -> Ack:
    version = answer.headers.get("etag")
    return Ack(
        key=step.key,
        name=step.name,
        position=int(answer.headers["x-position"]),
        version=int(version.strip('"')) if version else None,
    )


def _sample(records: list[Record]) -> list[Record]:
    """Return about thirty of them, from all times."""
    return records[:: max(1, len(records) // 30)]


def _path(name: str) -> str:
    return f"/config/{quote(name, safe=':')}"


def _body(value: object) -> bytes:
    return msgspec.json.encode({"value": value})


def _request(method: str, path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def _read_answer(reader: asyncio.StreamReader) -> Answer:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {
        name.lower(): value.strip()
        for name, _, value in (line.partition(":") for line in head[1:] if line)
    }
    if headers.get("transfer-encoding") == "chunked":
        body = await _read_chunks(reader)
    else:
        body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Answer(int(head[0].split()[1]), headers, body)


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    chunks = []
    while size := int(await reader.readuntil(b"\r\n"), 16):
        chunks.append(await reader.readexactly(size))
        await reader.readexactly(2)
    await reader.readexactly(2)
    return b"".join(chunks)
