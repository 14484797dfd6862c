"""What operators decide about circuit breakers, and what they are told of them."""

from typing import Literal, TypeAlias

import msgspec

from tenantry.base.errors import Invalid
from tenantry.reliability import Override, Phase

BREAKERS_PREFIX = "breakers/"
"""Streams of what was done to breakers begin with this; the name of the breaker follows."""

MAX_REASON_CHARACTERS = 500
MAX_OVERRIDE_SECONDS = 30 * 86_400.0
"""An override that shall last longer is a setting, `ENABLE_CIRCUIT_BREAKER`."""

BreakerAction: TypeAlias = Literal["force-open", "force-closed", "disable", "reset"]

OVERRIDES: dict[BreakerAction, Override | None] = {
    "force-open": "open",
    "force-closed": "closed",
    "disable": "disabled",
    "reset": None,
}
"""What each action lays upon a breaker; a reset takes away what lies there."""


class BreakerOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator wants of a breaker, on every node, for `seconds`, or for good."""

    breaker: str
    action: BreakerAction
    seconds: float | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        if len(self.reason) > MAX_REASON_CHARACTERS:
            raise Invalid(
                field="reason",
                got=f"{len(self.reason)} characters",
                wants=f"at most {MAX_REASON_CHARACTERS}",
            )
        if "\x00" in self.reason:
            # PostgreSQL has no text with one.
            raise Invalid(field="reason", got=self.reason, wants="a text without NUL")
        if self.seconds is None:
            return
        if self.action == "reset":
            raise Invalid(field="seconds", got=self.seconds, wants="nothing: a reset has no end")
        if not 0 < self.seconds <= MAX_OVERRIDE_SECONDS:
            raise Invalid(
                field="seconds",
                got=self.seconds,
                wants=f"more than 0, and at most {MAX_OVERRIDE_SECONDS:.0f}",
            )


class BreakerOverride(msgspec.Struct, frozen=True, kw_only=True):
    """What was last decided about a breaker; instants are microseconds since 1970.

    `override` is None after a reset, `expires_at` None where it does not end.
    """

    breaker: str
    override: Override | None
    expires_at: int | None
    reason: str
    set_by: str
    set_at: int

    def seconds_left(self, now_us: int) -> float | None:
        """Return how long it still holds; None where it does not end."""
        return None if self.expires_at is None else (self.expires_at - now_us) / 1e6


class BreakerStatus(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A breaker as this node has it, and the override that all nodes share.

    Times are milliseconds since 1970, but `override_expires_at`.
    """

    name: str
    state: Phase
    failure_count: int
    success_count: int
    last_failure_time: int | None
    next_attempt_at: int | None
    opened_total: int
    override: Override | None
    override_expires_at: str | None
    reason: str | None
    set_by: str | None


class OperatorActed(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody did something to what machines do: what, to which, why, and until when."""

    action: str
    subject: str
    reason: str = ""
    until: str | None = None
