"""What a workload gets: the side of the harness that runs in the process to be killed."""

import os
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

ERROR = "error"
"""The report of a workload that raised: its traceback."""


class Crash(msgspec.Struct, frozen=True):
    """A point to die at: the span or event `name`, once it has passed `after` times."""

    name: str
    after: int = 0
    attributes: dict[str, Any] = {}


class Birth(msgspec.Struct, frozen=True):
    """What the zygote needs to know to fork a child."""

    module: str
    function: str
    url: str
    arguments: dict[str, Any]
    crash: Crash | None


class Life:
    """One run of a workload, from its fork to its death.

    `url` names the database, `arguments` are those of `Zygote.fork`.
    """

    def __init__(self, *, url: str, arguments: dict[str, Any], pipe: int) -> None:
        self.url = url
        self.arguments = arguments
        self._pipe = pipe

    def report(self, kind: str, *values: object) -> None:
        """Tell the test; once this returns, a kill cannot take it back.

        An acknowledgement is reported after the await that acknowledged it.
        """
        line = memoryview(msgspec.json.encode((kind, *values)) + b"\n")
        while line:
            line = line[os.write(self._pipe, line) :]


Workload = Callable[[Life], Awaitable[None]]
