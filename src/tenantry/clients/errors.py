"""What can go wrong with a client."""

from collections.abc import Sequence
from typing import Any

import msgspec

from tenantry.base.errors import Conflict, NotFound, Unprocessable

_SHOWN = 3


class InvalidClient(Unprocessable):
    """A declaration is wrong: `errors` are all of it, each an `ItemError` with its JSON path."""

    default_code = "invalid_client"

    def __init__(self, errors: Sequence[Any], *, key: str = "", origin: str = "") -> None:
        self.errors = tuple(errors)
        self.key = key
        self.origin = origin
        where = origin or key or "the client"
        told = "; ".join(f"{e.path}: {e.message}" if e.path else e.message for e in errors[:_SHOWN])
        more = f"; and {len(errors) - _SHOWN} more" if len(errors) > _SHOWN else ""
        details = {"clients": [{"key": key, "file": origin, "errors": _plain(self.errors)}]}
        super().__init__(f"{where}: {told}{more}", details=details)


class StalePlan(Conflict):
    """Somebody applied something else since this was planned; the details say what."""

    default_code = "stale_plan"


class Guarded(Conflict):
    """It would do what nobody does without saying that they mean it; the details say what."""

    default_code = "guarded"


class PlanBroken(Unprocessable):
    """A saved plan is not as this server made it."""

    default_code = "plan_broken"


class UnknownClient(NotFound):
    """There is no such client in this tenant."""

    default_code = "unknown_client"

    def __init__(self, key: str) -> None:
        super().__init__(f"client {key}: there is none", details={"client": key})


class UnknownRevision(NotFound):
    """The client has no such revision."""

    default_code = "unknown_revision"

    def __init__(self, key: str, revision: int, *, last: int) -> None:
        super().__init__(
            f"client {key}: got revision {revision}, wants one from 1 to {last}",
            details={"client": key, "revision": revision, "last": last},
        )


def _plain(values: Sequence[Any]) -> Any:
    return msgspec.to_builtins(values)
