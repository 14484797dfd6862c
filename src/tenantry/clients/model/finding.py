"""What the linter finds."""

from typing import Final, Literal, TypeAlias

import msgspec

Severity: TypeAlias = Literal["error", "warning"]

CODES: Final = (
    "duplicate-key",
    "dead-link",
    "unreachable-for-role",
    "undeclared-role",
    "public-roles-contradiction",
    "ambiguous-route",
    "unversioned-fqn",
    "unregistered-fqn",
    "args-shape",
    "relative-path",
    "duplicate-ordinal",
    "missing-login",
    "missing-not-found",
    "unknown-field",
)
"""Every code there is."""


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that is wrong with a client: `path` is a JSON path, as `$.routes[3].roles`.

    `fix` says what to write instead, where that is mechanical; `file` is where it stands.
    """

    code: str
    severity: Severity
    client: str
    path: str
    message: str
    fix: str = ""
    file: str = ""
