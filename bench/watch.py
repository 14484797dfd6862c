"""The watch suite: thousands of watchers on one server, and how soon each sees a change."""

import asyncio
import gc
import tempfile
import time
from collections.abc import Callable, Iterable
from itertools import chain
from pathlib import Path
from typing import Final

import msgspec
import uvloop

from bench.figure import Figure, series
from bench.plan import Plan
from bench.servers import OurServer, metric, tenantry_server
from bench.watchers import Audience, raise_file_limit

AIM_MILLISECONDS: Final = 250.0
"""Within which 99 of 100 changes have reached their watchers."""

_CHANGES_A_SECOND: Final = 200
_WRITERS: Final = 4
_LONGEST_SECONDS: Final = 60.0
_SETTINGS: Final = 50
_MEMORY: Final = "process_resident_memory_bytes"
_HEAD: Final = (
    b"PUT /config/watched:%d HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    b"Authorization: Bearer %s\r\nContent-Length: %d\r\n\r\n"
)
Tell = Callable[[str], None]


class Round(msgspec.Struct, frozen=True):
    """What one round measured: milliseconds from a commit to its receipt, and KiB a watcher."""

    p50: float
    p99: float
    memory: float


def measure(plan: Plan, tell: Tell) -> list[Figure]:
    """Measure latency from the answer to a PUT to its receipt by every watcher, and memory."""
    tell(f"{plan.watchers:,} watchers of {plan.watched_changes:,} changes")
    rounds = [_round(plan) for _ in range(plan.rounds)]
    size = f"{plan.watchers:,} watchers, {_CHANGES_A_SECOND} changes/s"
    return [
        _figure(f"{size}: half seen within", "ms", [each.p50 for each in rounds]),
        _figure(
            f"{size}: 99 % seen within",
            "ms",
            [each.p99 for each in rounds],
            aim_most=AIM_MILLISECONDS,
        ),
        _figure("memory of the server for a watcher", "KiB", [each.memory for each in rounds]),
    ]


def _round(plan: Plan) -> Round:
    # The server is started by this process, and inherits what it may open.
    raise_file_limit(plan.watchers)
    with (
        tempfile.TemporaryDirectory(prefix="tenantry-bench-") as folder,
        tenantry_server(Path(folder)) as server,
    ):
        # A collection would stop the client, and what arrives meanwhile would seem late.
        gc.disable()
        try:
            return uvloop.run(_watch(server, plan.watchers, plan.watched_changes))
        finally:
            gc.enable()


async def _watch(server: OurServer, watchers: int, changes: int) -> Round:
    writers = [await _Writer.connect(server) for _ in range(_WRITERS)]
    await writers[0].put(0)
    before = metric(server.port, _MEMORY)
    audience = Audience(server.port, watchers, token=server.token)
    await audience.open()
    memory = (metric(server.port, _MEMORY) - before) / watchers / 1024

    stored_at: dict[int, float] = {}
    started_at = time.perf_counter()
    try:
        await asyncio.gather(
            *(
                _write(writer, range(number, changes, _WRITERS), started_at, stored_at)
                for number, writer in enumerate(writers)
            )
        )
        await audience.complete(max(stored_at), timeout=_LONGEST_SECONDS)
    finally:
        audience.close()
        for writer in writers:
            writer.close()

    seen = [watcher.seen() for watcher in audience.watchers]
    expected = sorted(stored_at)
    for one in seen:
        assert [position for position, _ in one] == expected, "a change was missed, or seen twice"
    waited = sorted(at - stored_at[position] for position, at in chain.from_iterable(seen))
    return Round(_milliseconds(waited, 0.5), _milliseconds(waited, 0.99), memory)


async def _write(
    writer: "_Writer", numbers: Iterable[int], started_at: float, stored_at: dict[int, float]
) -> None:
    """Store these changes, each when it is due, and note when its position was acknowledged."""
    for number in numbers:
        due = started_at + number / _CHANGES_A_SECOND
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        position = await writer.put(number)
        stored_at[position] = time.perf_counter()


class _Writer:
    """One connection that stores settings, one after the other."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, token: str
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._token = token.encode()

    @classmethod
    async def connect(cls, server: OurServer) -> "_Writer":
        streams = await asyncio.open_connection("127.0.0.1", server.port)
        return cls(*streams, token=server.token)

    async def put(self, number: int) -> int:
        """Store something and return its position."""
        body = b'{"value": "change %d of what the watchers look at"}' % number
        self._writer.write(_HEAD % (number % _SETTINGS, self._token, len(body)) + body)
        answer = await self._reader.readuntil(b"\r\n\r\nOK")
        assert answer.startswith(b"HTTP/1.1 200"), answer
        return int(answer.partition(b"x-position: ")[2].partition(b"\r")[0])

    def close(self) -> None:
        self._writer.close()


def _milliseconds(waited: list[float], share: float) -> float:
    return waited[min(int(len(waited) * share), len(waited) - 1)] * 1000


def _figure(name: str, unit: str, values: list[float], *, aim_most: float | None = None) -> Figure:
    return Figure(
        suite="watch",
        name=name,
        unit=unit,
        ours=series(values),
        is_lower_better=True,
        aim_most=aim_most,
    )
