"""What is wrong with a declaration beyond its shape: names, sizes, and what stands there twice.

Everything is looked at as it was written, so that what does not parse is checked all the same.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from tenantry.base.codec import check_depth
from tenantry.base.errors import Invalid
from tenantry.base.spelling import folded
from tenantry.clients.model import KINDS
from tenantry.clients.rules.problem import Path, Problem, identity_in, label_of, shown
from tenantry.clients.rules.schema import null_at

MAX_ITEMS: Final = 200_000
"""In one collection."""
MAX_ITEM_BYTES: Final = 200 * 1024
"""Of an item, or of another field of the client, as JSON: each has to fit into an event."""

KEY: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}", re.ASCII)
"""What a client may be called."""

_KEY_WANTS: Final = (
    "1 to 63 letters, digits, dots, hyphens and underlines, beginning with a letter or a digit"
)
_EMAIL: Final = re.compile(r"[^\s@]+@[^\s@]+")
_MAX_EMAIL_CHARACTERS: Final = 254
PASSWORD_CHARACTERS: Final = range(8, 257)
"""How many characters the password of somebody has, as for everybody else."""
_USERNAME: Final = re.compile(r"[^\s@:/\\]{1,100}")
_FQN: Final = re.compile(r"[^\s@]+(@[^\s@]+)?")
_FQN_PART: Final = re.compile(r"[^\s@]+")
_NEVER_EMPTY: Final = {
    "routes": ("path",),
    "menus": ("key",),
    "components": ("nameSpace", "name", "version"),
    "users": ("email", "firstName", "lastName"),
    "settings": ("name",),
    "auth_config": ("provider",),
    "themes": ("name",),
    "plugins": ("id",),
    "featureFlags": ("feature",),
}
# What lists of the client are known by, where they are no collections of ours.
_KNOWN_BY: Final = {
    "settings": "name",
    "auth_config": "provider",
    "themes": "name",
    "plugins": "id",
}


def problems_of(raw: Mapping[str, Any]) -> list[Problem]:
    """Return all that is wrong with a declaration beyond its shape."""
    found = [*_of_client(raw)]
    for name, value in raw.items():
        if name in KINDS and isinstance(value, list | tuple):
            found += _of_items(name, value)
        elif value is not None:
            found += _of_size((name,), value)
            found += _of_list(name, value)
    return found


def _of_client(raw: Mapping[str, Any]) -> Iterator[Problem]:
    key = raw.get("key")
    if isinstance(key, str) and not KEY.fullmatch(key.lower()):
        yield _wrong(("key",), key, _KEY_WANTS)

    email = raw.get("email")
    if email and not _is_email(email):
        yield _wrong(("email",), email, "an address such as ada@example.com")

    # Any value will do as an organization, but null says nothing there either.
    if "organization" in raw and raw["organization"] is None:
        yield null_at(("organization",), "a value")


def _of_items(kind: str, items: Sequence[Any]) -> Iterator[Problem]:
    if len(items) > MAX_ITEMS:
        wants = f"at most {MAX_ITEMS}"
        yield Problem(
            path=(kind,), message=f"{kind}: got {len(items)} items, wants {wants}", code="too-large"
        )
        return

    check = _CHECKS.get(kind, _nothing)
    for index, item in enumerate(items):
        path = (kind, index)
        yield from _of_size(path, item)
        if isinstance(item, Mapping):
            yield from _empty(kind, path, item)
            yield from check(path, item)
    yield from _twice(kind, items, lambda item: _identity(kind, item))


def _of_list(name: str, value: Any) -> Iterator[Problem]:
    """Look at a list of the client that is no collection of ours."""
    if name not in _NEVER_EMPTY or not isinstance(value, list | tuple):
        return
    for index, item in enumerate(value):
        if isinstance(item, Mapping):
            yield from _empty(name, (name, index), item)
            yield from _fqn((name, index), item)
    if known_by := _KNOWN_BY.get(name):
        yield from _twice(name, value, lambda item: _text(item, known_by))


def _of_size(path: Path, value: Any) -> Iterator[Problem]:
    try:
        text = msgspec.json.encode(value)
        check_depth(text)
    except (TypeError, UnicodeEncodeError, ValueError):
        told = "got what JSON cannot say, wants text, numbers, lists and mappings"
        yield _problem(path, told, code="not-json")
    except (Invalid, RecursionError):
        yield _problem(path, "is nested too deep, wants at most 200 levels", code="too-deep")
    else:
        if len(text) > MAX_ITEM_BYTES:
            told = f"got {len(text)} bytes as JSON, wants at most {MAX_ITEM_BYTES}"
            yield _problem(path, told, code="too-large")


def _empty(name: str, path: Path, item: Mapping[str, Any]) -> Iterator[Problem]:
    for field in _NEVER_EMPTY[name]:
        value = item.get(field)
        if isinstance(value, str) and not value.strip():
            yield Problem(
                path=(*path, field),
                message=f"{field}: got an empty text, wants one that is not",
                code="missing-field",
                error_type="missing_fields",
            )


def _twice(name: str, items: Iterable[Any], identity: Callable[[Any], str]) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for index, item in enumerate(items):
        known = identity(item)
        if not known:
            continue
        at = first.setdefault(known, index)
        if at != index:
            shown_one = "" if name == "users" else f" {shown(known, (name, index, 'key'))}"
            told = f"got{shown_one} twice, wants it once: it is {name}[{at}] already"
            yield _problem((name, index), told, code="duplicate-key")


def _identity(kind: str, item: Any) -> str:
    return folded(_text(item, "email")) if kind == "users" else identity_in(kind, item)


def _of_route(path: Path, item: Mapping[str, Any]) -> Iterator[Problem]:
    yield from _fqn(path, item)
    for name in ("header", "footer"):
        if isinstance(region := item.get(name), Mapping):
            yield from _fqn((*path, name), region)
    if isinstance(parts := item.get("components"), list | tuple):
        for index, part in enumerate(parts):
            if isinstance(part, Mapping):
                yield from _fqn((*path, "components", index), part)


def _of_user(path: Path, item: Mapping[str, Any]) -> Iterator[Problem]:
    email = _text(item, "email")
    if email.strip() and not _is_email(email):
        yield _wrong((*path, "email"), email, "an address such as ada@example.com")
    if why := why_no_password(_text(item, "password")):
        yield _problem((*path, "password"), why, code="wrong-value")
    username = _text(item, "username")
    if username and not is_username(username):
        wants = "1 to 100 characters without blanks, @, :, / and backslashes"
        yield _wrong((*path, "username"), username, wants)


def why_no_password(text: str) -> str:
    """Return why nobody may have a password, "" where somebody may; it is not quoted."""
    if not text or "${" in text or len(text) in PASSWORD_CHARACTERS:
        return ""
    least, most = PASSWORD_CHARACTERS[0], PASSWORD_CHARACTERS[-1]
    return f"got {len(text)} characters, wants {least} to {most}"


def is_username(text: str) -> bool:
    """Whether somebody may be called so; a placeholder may stand for anything."""
    return "${" in text or _USERNAME.fullmatch(text) is not None


def _of_component(path: Path, item: Mapping[str, Any]) -> Iterator[Problem]:
    for name in ("nameSpace", "name", "version"):
        text = _text(item, name)
        if text.strip() and not _FQN_PART.fullmatch(text):
            yield _wrong((*path, name), text, "text without blanks and @")


def _nothing(_: Path, __: Mapping[str, Any]) -> Iterator[Problem]:
    yield from ()


_CHECKS: Final[Mapping[str, Callable[[Path, Mapping[str, Any]], Iterator[Problem]]]] = {
    "routes": _of_route,
    "components": _of_component,
    "users": _of_user,
}


def _fqn(path: Path, item: Mapping[str, Any]) -> Iterator[Problem]:
    text = item.get("componentFqn")
    if text and isinstance(text, str) and not _FQN.fullmatch(text):
        yield _wrong((*path, "componentFqn"), text, "a component as nameSpace.Name@1.0.0")


def _is_email(value: Any) -> bool:
    """Whether something may be an address; what is no text is a matter of its shape."""
    if not isinstance(value, str) or "${" in value:
        return True
    return len(value) <= _MAX_EMAIL_CHARACTERS and _EMAIL.fullmatch(value) is not None


def _wrong(path: Path, value: Any, wants: str) -> Problem:
    return _problem(path, f"got {shown(value, path)}, wants {wants}")


def _problem(path: Path, told: str, *, code: str = "wrong-value") -> Problem:
    return Problem(path=path, message=f"{label_of(path)}: {told}", code=code)


def _text(item: Any, name: str) -> str:
    value = item.get(name) if isinstance(item, Mapping) else None
    return value if isinstance(value, str) else ""
