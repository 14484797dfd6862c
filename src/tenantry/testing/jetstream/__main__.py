"""`python -m tenantry.testing.jetstream`: a host of its own, or its events as lines."""

import argparse
import asyncio
import sys
from pathlib import Path

import msgspec

from tenantry.testing.jetstream.mood import Mood
from tenantry.testing.jetstream.rendering import render
from tenantry.testing.jetstream.server import FakeJetstream
from tenantry.testing.network import GeneratedNetwork


def main() -> None:
    """Serve until told to stop, or write a file and end."""
    arguments = _parse()
    mood = msgspec.json.decode(arguments.mood, type=Mood)
    network = GeneratedNetwork(arguments.seed, users=arguments.users)
    events = network.events(arguments.count)
    if arguments.write is not None:
        frames = (render(event, arguments.wire, seq=at) for at, event in enumerate(events, 1))
        with arguments.write.open("wb") as file:
            file.writelines(frame + b"\n" for frame in frames if frame is not None)
        return
    host = FakeJetstream(events, mood=mood, port=arguments.port, first_seq=arguments.first_seq)
    asyncio.run(_serve(host, arguments.wire))


async def _serve(host: FakeJetstream, wire: str) -> None:
    # Rendered before anybody waits for it.
    host.program.frame(0, wire, is_compressed=False)  # type: ignore[arg-type]
    async with host:
        told = {"v1": host.v1, "v2": host.v2, "events": host.published}
        sys.stdout.write(msgspec.json.encode(told).decode() + "\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tenantry.testing.jetstream")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--users", type=int, default=2_000)
    parser.add_argument("--count", type=int, default=10_000, help="events there are")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--first-seq", type=int, default=1)
    parser.add_argument("--mood", default="{}", help='JSON, for instance {"close_after": 1000}')
    parser.add_argument("--wire", choices=["v1", "v2"], default="v2", help="of --write")
    parser.add_argument("--write", type=Path, help="write the events as JSON lines, and end")
    return parser.parse_args()


if __name__ == "__main__":
    main()
