"""Commands that may not be done, as errors."""

from collections.abc import Callable, Sequence
from typing import Any

from tenantry.base.errors import TenantryError
from tenantry.configs.errors import (
    ChangesConflict,
    ConfigDeleted,
    ConfigNotFound,
    ConfigVersionMismatch,
)
from tenantry.configs.model import ConfigCommand, Rejected

Refusal = tuple[ConfigCommand, Rejected]
Refuse = Callable[[Sequence[Refusal]], TenantryError]


def refused_alone(refusals: Sequence[Refusal]) -> TenantryError:
    """Return the error of a command that came alone."""
    command, rejected = refusals[0]
    match rejected.reason:
        case "stale":
            return ConfigVersionMismatch(
                f"{command.name} is at version {rejected.token}",
                details={"name": command.name, "version": _version(rejected)},
            )
        case "deleted":
            return ConfigDeleted("Gone")
        case "absent":
            return ConfigNotFound("Not Found")


def refused_together(refusals: Sequence[Refusal]) -> TenantryError:
    """Return the error of several commands, which names every one that may not be done."""
    stale = [
        {
            "name": command.name,
            "expected_version": _expected(command),
            "version": _version(rejected),
        }
        for command, rejected in refusals
    ]
    shown = ", ".join(
        f"{command.name} (version {rejected.token})" for command, rejected in refusals[:5]
    )
    more = f" and {len(refusals) - 5} more" if len(refusals) > 5 else ""  # noqa: PLR2004 - those shown
    return ChangesConflict(f"not as expected: {shown}{more}", details={"stale": stale})


def _expected(command: ConfigCommand) -> Any:
    condition = command.condition
    if condition.must_be_absent:
        return 0
    if condition.versions is None:
        # Whatever it is: a deletion needs something to delete.
        return None
    return min(condition.versions, default=None)


def _version(rejected: Rejected) -> int | str:
    return int(rejected.token) if rejected.token.isdigit() else rejected.token
