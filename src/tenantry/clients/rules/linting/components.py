"""Components that pages and settings name."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Final

from tenantry.clients.rules.linting.document import Document
from tenantry.clients.rules.linting.node import Node, told
from tenantry.clients.rules.linting.rule import Found

_FIELD: Final = "componentFqn"
# https://semver.org, without its rule on leading zeros
_VERSION: Final = re.compile(r"\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?")


class _Register:
    """The components that are registered, and the patterns of those that are so elsewhere."""

    def __init__(self, fqns: Collection[str], patterns: Collection[str]) -> None:
        self._fqns = frozenset(fqns)
        self._patterns = patterns
        self._versions = _by_name(fqns)

    @property
    def is_kept(self) -> bool:
        """Whether anything is registered at all."""
        return bool(self._fqns or self._patterns)

    def only(self, name: str) -> str:
        """Return the component of this name, where it is registered in one version alone."""
        versions = self._versions.get(name, [])
        return versions[0] if len(versions) == 1 else ""

    def has(self, fqn: str) -> bool:
        """Whether a component is registered; one without a version may be so in any."""
        name = _name_of(fqn)
        if fqn in self._fqns or (fqn == name and name in self._versions):
            return True
        return any(
            fnmatchcase(fqn, pattern)
            or (fqn == name and fnmatchcase(name, _name_of(pattern)))
            or ("@" not in pattern and fnmatchcase(name, pattern))
            for pattern in self._patterns
        )


def check_components(document: Document, registered: Collection[str]) -> Iterator[Found]:
    """Yield each place that names a component without its version, or one that is not registered.

    Registered are those of the client itself, `registered`, and what the patterns in
    `externalComponents` fit. Where there are none of these at all, nobody keeps a register: then
    each component is told once, where it is named first, and is a warning.
    """
    patterns = [pattern for _, pattern in document.root.texts("externalComponents")]
    register = _Register({*registered, *_own(document)}, patterns)
    named = list(_named(document))
    used = _Register({fqn for _, fqn in named if _is_versioned(fqn)}, ())

    yield from _unversioned(named, register, used)
    if register.is_kept:
        yield from _unregistered(named, register, used)
    else:
        for fqn, node in {fqn: node for node, fqn in reversed(named)}.items():
            yield Found(
                code="unregistered-fqn",
                path=node.at(_FIELD),
                message=f"{fqn} is not registered, as no component is",
                severity="warning",
            )


def _unversioned(
    named: Iterable[tuple[Node, str]], register: _Register, used: _Register
) -> Iterator[Found]:
    for node, fqn in named:
        if not _is_versioned(fqn):
            name = _name_of(fqn)
            yield Found(
                code="unversioned-fqn",
                path=node.at(_FIELD),
                message=f"{fqn} does not say which version, as in {name}@1.0.0",
                fix=register.only(name) or used.only(name),
            )


def _unregistered(
    named: Iterable[tuple[Node, str]], register: _Register, used: _Register
) -> Iterator[Found]:
    for node, fqn in named:
        if not register.has(fqn):
            known = register.only(_name_of(fqn))
            wanted = fqn if _is_versioned(fqn) else used.only(_name_of(fqn))
            yield Found(
                code="unregistered-fqn",
                path=node.at(_FIELD),
                message=f"{fqn} is not registered" + (f", but {known} is" if known else ""),
                fix=known or (f"add {told(wanted)} to $.externalComponents" if wanted else ""),
            )


def _named(document: Document) -> Iterator[tuple[Node, str]]:
    """Yield each component that is named, and where it is."""
    nodes = [
        node
        for route in document.routes
        for node in (route, *_regions(route), *route.nodes("components"))
    ]
    for node in (*nodes, *document.root.nodes("settings")):
        fqn = node.text(_FIELD).strip()
        if fqn and "${" not in fqn:
            yield node, fqn


def _regions(route: Node) -> Iterator[Node]:
    for field in ("header", "footer"):
        value = route.value.get(field)
        if isinstance(value, Mapping):
            yield Node(value, route, field)


def _own(document: Document) -> Iterator[str]:
    for node in document.root.nodes("components"):
        parts = [node.text(field) for field in ("nameSpace", "name", "version")]
        if all(parts):
            yield f"{parts[0]}.{parts[1]}@{parts[2]}"


def _by_name(fqns: Collection[str]) -> Mapping[str, list[str]]:
    by_name: dict[str, list[str]] = {}
    for fqn in sorted(fqns):
        by_name.setdefault(_name_of(fqn), []).append(fqn)
    return by_name


def _is_versioned(fqn: str) -> bool:
    return _VERSION.fullmatch(fqn.partition("@")[2]) is not None


def _name_of(fqn: str) -> str:
    return fqn.partition("@")[0]
