"""What is wrong with a client, as its document says it; the document need not be valid."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from tenantry.clients.errors import InvalidClient
from tenantry.clients.model import CODES, Finding, ItemError
from tenantry.clients.rules import linting
from tenantry.clients.rules.linting import RULES, Document, Found
from tenantry.clients.rules.parse import parse

_NUMBER: Final = re.compile(r"(\d+)")
_ARGS: Final = re.compile(r"\$\.routes\[\d+\]\.args\b")
_FOUND_BY_CHECKS: Final = frozenset({"duplicate-key", "unknown-field"})
_CHECKS: Final = (
    linting.duplicate_keys,
    linting.duplicate_ordinals,
    linting.check_links,
    linting.undeclared_roles,
    linting.public_contradictions,
    linting.ambiguous_routes,
    linting.relative_routes,
    linting.missing_pages,
    linting.check_args,
    linting.unknown_fields,
)


def lint(
    raw: Mapping[str, Any], *, client: str, registered: Collection[str] = (), file: str = ""
) -> tuple[Finding, ...]:
    """Return all that is wrong with a client, in the order in which it stands in the document.

    `registered` are the components of the tenant's other clients. A collection that the document
    does not have is not managed: what would have to be known of it is not found to be missing.
    """
    document = Document(raw)
    found = sorted(_all(document, registered), key=_place)
    return tuple(
        Finding(
            code=each.code,
            severity=each.severity or RULES[each.code].severity,
            client=client,
            path=each.path,
            message=each.message,
            fix=each.fix,
            file=file,
        )
        for each in found
    )


def lint_declared(
    raw: Mapping[str, Any], *, client: str, registered: Collection[str] = (), file: str = ""
) -> tuple[Finding, ...]:
    """Return what `lint` does, and all else that is why a declaration is not valid."""
    found = lint(raw, client=client, registered=registered, file=file)
    try:
        parse(raw)
    except InvalidClient as invalid:
        told = {finding.path for finding in found}
        found += tuple(
            Finding(
                code=_code_of(error),
                severity="error",
                client=client,
                path=error.path,
                message=error.message,
                file=file,
            )
            for error in invalid.errors
            if error.code not in _FOUND_BY_CHECKS and error.path not in told
        )
    return found


def _code_of(error: ItemError) -> str:
    return "args-shape" if _ARGS.match(error.path) else "unknown-field"


def _all(document: Document, registered: Collection[str]) -> Iterator[Found]:
    for check in _CHECKS:
        yield from check(document)
    yield from linting.check_components(document, registered)


def _place(found: Found) -> tuple[list[tuple[int, str]], int]:
    """Sort by path, numbers as numbers, then by code."""
    parts = _NUMBER.split(found.path)
    path = [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]
    return path, CODES.index(found.code)
