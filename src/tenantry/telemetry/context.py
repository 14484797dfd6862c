"""What a piece of work belongs to: the request, its cause, the tenant and where it came in.

One context variable holds all of it, so that a log line or a span costs one look-up.
"""

from contextvars import ContextVar, Token
from types import TracebackType
from typing import Self

import msgspec


class Context(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is known about the work under way; None where nobody has said.

    `source` is an address, `cli` or `startup`.
    """

    correlation_id: str | None = None
    causation_id: str | None = None
    tenant_id: str | None = None
    source: str | None = None


_NOTHING_KNOWN = Context()
CURRENT: ContextVar[Context] = ContextVar("tenantry_context", default=_NOTHING_KNOWN)


def current() -> Context:
    """Return the context of the running task or thread."""
    return CURRENT.get()


class bind:  # noqa: N801 - it reads as a verb: `with bind(tenant_id="acme"):`
    """Add to the context for the duration of a `with` block; what is not named stays as it was.

    Tasks started inside the block inherit it; threads do not.
    """

    __slots__ = ("_bound", "_token")

    def __init__(
        self,
        *,
        correlation_id: str | None = None,
        causation_id: str | None = None,
        tenant_id: str | None = None,
        source: str | None = None,
    ) -> None:
        outer = CURRENT.get()
        self._bound = Context(
            correlation_id=outer.correlation_id if correlation_id is None else correlation_id,
            causation_id=outer.causation_id if causation_id is None else causation_id,
            tenant_id=outer.tenant_id if tenant_id is None else tenant_id,
            source=outer.source if source is None else source,
        )
        self._token: Token[Context] | None = None

    def __enter__(self) -> Self:
        self._token = CURRENT.set(self._bound)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._token is not None:
            CURRENT.reset(self._token)
            self._token = None
