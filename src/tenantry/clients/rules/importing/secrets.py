"""What nobody else should read, as far as it shows: by its name, or by its form."""

import re
from collections.abc import Mapping
from typing import Any, Final

from tenantry.clients.model import SEALED

HIDDEN: Final = "(not shown)"
"""Stands in a report where the value of a secret would."""

_NAME: Final = re.compile(
    r"(password|passwd|pwd|passphrase|secret|token|api_?key|private_?key|access_?key|credentials?"
    r"|connection_?string|salt)$",
    re.IGNORECASE,
)
_WITH_PASSWORD: Final = re.compile(r"://[^/\s:@]*:[^/\s@]+@")
_EMAIL: Final = re.compile(r"[^@\s/:]+@[^@\s/:]+\.[A-Za-z]{2,}")
_HASH: Final = re.compile(r"[0-9a-fA-F]{128}")
_SEALED: Final = re.compile(rf"{re.escape(SEALED)}[0-9a-f]{{64}}")


def shown(value: Any) -> Any:
    """Return a value as a report may show it: secrets and e-mail addresses are hidden."""
    if isinstance(value, Mapping):
        return {k: HIDDEN if _is_kept(k, v) else shown(v) for k, v in value.items()}
    if isinstance(value, list):
        return [shown(element) for element in value]
    if isinstance(value, str) and (_is_secret_text(value) or _EMAIL.fullmatch(value)):
        return HIDDEN
    return value


def holds_secret(value: Any) -> bool:
    """Whether there is something secret anywhere in a value, and it is not empty."""
    if isinstance(value, Mapping):
        return any(_is_kept(k, v) or holds_secret(v) for k, v in value.items())
    if isinstance(value, list):
        return any(map(holds_secret, value))
    return isinstance(value, str) and _is_secret_text(value)


def is_secret_name(name: str) -> bool:
    """Whether a field with this name holds a secret."""
    return _NAME.search(name) is not None


def is_hash(text: str) -> bool:
    """Whether it is a password as the originals store it, which nobody can log in with."""
    return _HASH.fullmatch(text) is not None


def is_sealed(text: str) -> bool:
    """Whether it stands for a secret that is stored already."""
    return _SEALED.fullmatch(text) is not None


def _is_kept(name: str, value: Any) -> bool:
    return isinstance(value, str) and bool(value) and is_secret_name(name)


def _is_secret_text(text: str) -> bool:
    return is_hash(text) or _WITH_PASSWORD.search(text) is not None
