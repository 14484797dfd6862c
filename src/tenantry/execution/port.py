"""What durable work is, and who carries it out: the port of two executors.

Work is phased: essential steps one after the other, which somebody waits for, then background steps
side by side, then the closing step. A step is a registered coroutine that must bear being called
again with the same payload: an attempt may have died in its middle.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

import msgspec

Payload = dict[str, Any]
"""What a step is given and answers: small, JSON, no row, no token, nobody's name.

Durable execution keeps it in clear for as long as it keeps histories.
"""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One call of the step function that is registered as `name`."""

    name: str
    payload: Payload
    # What it is called in timelines and heartbeats; the collection, say.
    label: str = ""
    attempts: int = 4
    timeout_seconds: float = 1800.0
    is_long: bool = False
    """Whether it may take longer than seconds: it is then an activity that can run anywhere."""


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """Phased work, known by `id` while it runs: one of that id runs at a time."""

    id: str
    correlation_id: str
    tenant_id: str
    essential: tuple[Step, ...]
    background: tuple[Step, ...] = ()
    # Told the outcome of every background step, in order, when all have ended: see `Outcome`. They
    # are in its payload, as JSON, under `outcomes`.
    closing: Step | None = None


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How a step ended: with a `result`, or by an error of type `error_type`."""

    label: str
    result: Payload | None = None
    error_type: str | None = None
    message: str = ""


class StepContext(Protocol):
    """What a running step may ask of whoever runs it."""

    @property
    def correlation_id(self) -> str:
        """The flow that it belongs to; logs and spans are bound to it already."""
        ...

    @property
    def attempt(self) -> int:
        """1 for the first."""
        ...

    def heartbeat(self, detail: Payload) -> None:
        """Say that it lives and how far it is; cheap, and may be called often."""
        ...


class StepFailed(Exception):
    """A step has failed for good: raised to who waits, and by a step that knows its error's type.

    `type` is the caller's own word (`NETWORK_ERROR`); one that is not `is_retryable` ends all
    attempts. `retry_after_seconds` is what the other side has asked for, 0 for nothing.
    """

    def __init__(
        self,
        message: str,
        *,
        type: str,  # noqa: A002 - what Temporal calls it, and everybody who reads a history
        is_retryable: bool,
        retry_after_seconds: float = 0.0,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.type = type
        self.is_retryable = is_retryable
        self.retry_after_seconds = retry_after_seconds


class ExecutorUnavailable(Exception):
    """The work could not be handed over, or is not carried out: server away, no worker, too slow.

    `reason` is `unreachable`, `breaker_open`, `no_worker`, `timeout`, `failed`, or `stopped`: this
    process ends.
    """

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason


StepFunction = Callable[[StepContext, Payload], Awaitable[Payload]]
Steps = Mapping[str, StepFunction]


class Running(Protocol):
    """Work that was handed over."""

    @property
    def workflow_id(self) -> str | None:
        """What the work is called where it is durable; None in this process."""
        ...

    @property
    def run_id(self) -> str | None:
        """Which run of that it is."""
        ...

    async def essential(self) -> list[Payload]:
        """Wait for the essential steps and return what they answered.

        Raises `StepFailed` as soon as one has failed for good, and `ExecutorUnavailable` where
        nobody carries the work out. May be cancelled without harm to the work.
        """
        ...

    async def done(self) -> list[Outcome]:
        """Wait for the end, and return the outcomes of the background steps."""
        ...

    async def cancel(self, reason: str) -> None:
        """Ask that no further step be begun; never raises, waits for at most a second."""
        ...


class Executor(Protocol):
    """Carries out phased work."""

    async def begin(self, work: Work) -> Running:
        """Hand `work` over, in the place of any of the same id; raises `ExecutorUnavailable`."""
        ...
