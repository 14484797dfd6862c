"""A Jetstream host in a process of its own, so that it takes no time from whoever collects."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from tenantry.testing.jetstream import Mood
from tests.support.repository import ROOT


class Told(msgspec.Struct):
    """The endpoints of the host, and how many events it has."""

    v1: str
    v2: str
    events: int


@contextmanager
def jetstream_process(
    *, seed: int, users: int, count: int, mood: Mood | None = None
) -> Iterator[Told]:
    """Have a host serve the first `count` events of a network in the block."""
    arguments = [
        *("--seed", str(seed), "--users", str(users), "--count", str(count)),
        *("--mood", msgspec.json.encode(mood or Mood()).decode()),
    ]
    process = subprocess.Popen(
        [sys.executable, "-m", "tenantry.testing.jetstream", *arguments],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        yield msgspec.json.decode(process.stdout.readline(), type=Told)
    finally:
        process.kill()
        process.communicate()
