"""The rules of the linter: what each code means, and how much it matters."""

from collections.abc import Mapping
from typing import Final

import msgspec

from tenantry.clients.model import Severity


class Rule(msgspec.Struct, frozen=True):
    """What a code means; an error is what users notice, or what no server takes."""

    severity: Severity
    what: str


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a check has found; without a severity it has that of its rule."""

    code: str
    path: str
    message: str
    fix: str = ""
    severity: Severity | None = None


RULES: Final[Mapping[str, Rule]] = {
    "duplicate-key": Rule("error", "two items of a collection are known by the same key"),
    "dead-link": Rule("error", "a menu entry leads to where no route answers"),
    "unreachable-for-role": Rule(
        "error", "a menu entry is shown to a role that may not open what it leads to"
    ),
    "undeclared-role": Rule("warning", "a role is used that applicationRoles does not have"),
    "public-roles-contradiction": Rule(
        "error", "a route is public, which opens it to all, but its roles leave out ANON"
    ),
    "ambiguous-route": Rule(
        "error", "two routes that a role may open answer the same paths, none more specific"
    ),
    "unversioned-fqn": Rule("warning", "a component is named without its version"),
    "unregistered-fqn": Rule("error", "a component is named that is not registered"),
    "args-shape": Rule("error", "args are not a list of {key, value: {type, KEY: …}}"),
    "relative-path": Rule("error", "a path does not begin with a slash"),
    "duplicate-ordinal": Rule("warning", "two entries of the same level have the same ordinal"),
    "missing-login": Rule("warning", "there is no page to log in on that ANON may open"),
    "missing-not-found": Rule("warning", "there is no page for addresses that no route answers"),
    "unknown-field": Rule("error", "a field is unknown, missing or not what it takes"),
}
"""Every rule, by its code, in the order of the codes."""
