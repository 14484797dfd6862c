"""What can be a setting's name."""

import unicodedata

from tenantry.configs.errors import ConfigNameInvalid
from tenantry.configs.model import MAX_NAME_CHARACTERS, RESERVED_NAMES

_WANTS_CHARACTERS = "characters other than / and control characters"


def check_name(name: str) -> None:
    """Raise `ConfigNameInvalid` unless `name` can be a setting's.

    That is 1 to 512 characters, any but `/` and control characters, and no reserved name.
    """
    if not 1 <= len(name) <= MAX_NAME_CHARACTERS:
        raise ConfigNameInvalid(
            field="name",
            got=f"{len(name)} characters",
            wants=f"1 to {MAX_NAME_CHARACTERS} characters",
        )
    if name in RESERVED_NAMES:
        raise ConfigNameInvalid(field="name", got=name, wants="a name that is not reserved")
    if "/" in name or _has_forbidden_character(name):
        raise ConfigNameInvalid(field="name", got=name, wants=_WANTS_CHARACTERS)


def check_prefix(prefix: str) -> None:
    """Raise `ConfigNameInvalid` unless names can start with `prefix`; all do with the empty one."""
    if len(prefix) > MAX_NAME_CHARACTERS:
        raise ConfigNameInvalid(
            field="prefix",
            got=f"{len(prefix)} characters",
            wants=f"at most {MAX_NAME_CHARACTERS} characters",
        )
    if "/" in prefix or _has_forbidden_character(prefix):
        raise ConfigNameInvalid(field="prefix", got=prefix, wants=_WANTS_CHARACTERS)


def _has_forbidden_character(name: str) -> bool:
    if name.isprintable():
        return False
    # Control characters, and surrogates, which no encoding of text can carry.
    return any(unicodedata.category(character) in ("Cc", "Cs") for character in name)
