"""A Jetstream host on loopback, of both wires, which is as unwell as a test wants it.

    events = GeneratedNetwork(seed=7, users=200).events(10_000)
    async with FakeJetstream(events, mood=Mood(close_after=1_000)) as host:
        ...  # collect from host.v1 or host.v2
        assert [asked.cursor for asked in host.connections]

Everything it sends is generated. `python -m tenantry.testing.jetstream` is one in a process of its
own. It needs aiohttp and zstandard, so it is imported by its own name.
"""

from tenantry.testing.jetstream.mood import DAY_US, Answer, Mood
from tenantry.testing.jetstream.program import Asked
from tenantry.testing.jetstream.rendering import render
from tenantry.testing.jetstream.server import FakeJetstream

__all__ = ["DAY_US", "Answer", "Asked", "FakeJetstream", "Mood", "render"]
