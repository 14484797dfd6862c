"""What tenants, people, keys and origins may be called.

The patterns are those of the OpenAPI document too, so they say it all: nothing is trimmed.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from tenantry.base.errors import Invalid
from tenantry.tenants.model import (
    LEAST_PASSWORD_CHARACTERS,
    MAX_APPLICATIONS,
    MAX_EMAIL_CHARACTERS,
    MAX_KEY_DAYS,
    MAX_KEY_NAME_CHARACTERS,
    MAX_NAME_CHARACTERS,
    MAX_ORIGINS,
    MAX_PASSWORD_CHARACTERS,
    MAX_PERSON_CHARACTERS,
    Application,
    NewKey,
)

MAX_REASON_CHARACTERS: Final = 500
MAX_ORIGIN_CHARACTERS: Final = 255

_CONTROLS: Final = r"\x00-\x1f\x7f-\x9f"
_BLANKS: Final = r"\x00-\x20\x7f-\xa0"
_ATOM: Final = _BLANKS + r"@\"(),:;<>\[\]\\"
_LABEL: Final = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_PORT: Final = (
    "6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3}"
)

TENANT_ID: Final = (
    "^(?!global$)([a-z0-9][a-z0-9-]{0,62}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$"
)
"""A slug or a UUID; `global` is the layer of settings beneath every tenant."""

NAME: Final = f"^[^{_BLANKS}]([^{_CONTROLS}]*[^{_BLANKS}])?$"
"""Something that neither begins nor ends with a blank, and holds no control character."""

REASON: Final = f"^[^{_CONTROLS}]*$"
WORD: Final = f"^[^{_BLANKS}]+$"
USERNAME: Final = rf"^[^{_BLANKS}@:/\\]+$"
EMAIL: Final = rf"^[^{_ATOM}]+@[^{_ATOM}.]+(\.[^{_ATOM}.]+)*$"
"""A mailbox of RFC 5321 without quotes and comments."""

ORIGIN: Final = rf"^https?://{_LABEL}(\.{_LABEL})*(:({_PORT}))?$"
"""A web origin, RFC 6454 §6.2: scheme, host and port, and nothing behind them."""

_DEFAULT_PORTS: Final = {"http": ":80", "https": ":443"}


def check_tenant_id(text: str) -> str:
    """Return a tenant's id in its one spelling; raises `Invalid`."""
    _check(
        text,
        TENANT_ID,
        field="id",
        most=63,
        wants="a UUID, or 1 to 63 lower-case letters, digits and hyphens, and not `global`",
    )
    return text if text == text.lower() else str(UUID(text))


def check_name(text: str, *, field: str = "name", most: int = MAX_NAME_CHARACTERS) -> str:
    """Return a name; raises `Invalid`."""
    wants = f"1 to {most} characters without controls, and no blank at either end"
    return _check(text, NAME, field=field, most=most, wants=wants)


def check_reason(text: str) -> str:
    """Return why something is done; raises `Invalid`."""
    wants = f"at most {MAX_REASON_CHARACTERS} characters without controls"
    return _check(text, REASON, field="reason", most=MAX_REASON_CHARACTERS, wants=wants)


def check_origins(texts: Sequence[str]) -> tuple[str, ...]:
    """Return origins as browsers write them, each once, in order; raises `Invalid`."""
    if len(texts) > MAX_ORIGINS:
        raise Invalid(field="origins", got=f"{len(texts)} origins", wants=f"at most {MAX_ORIGINS}")
    return tuple(sorted({_origin(text) for text in texts}))


def check_email(text: str) -> str:
    """Return an e-mail address; raises `Invalid`."""
    wants = "an address such as ada@example.com"
    return _check(text, EMAIL, field="email", most=MAX_EMAIL_CHARACTERS, wants=wants)


def check_username(text: str) -> str:
    """Return a user name; raises `Invalid`."""
    wants = f"1 to {MAX_PERSON_CHARACTERS} characters, no blanks, @, :, / and backslashes"
    return _check(text, USERNAME, field="username", most=MAX_PERSON_CHARACTERS, wants=wants)


def check_person_name(text: str, *, field: str) -> str:
    """Return a first or last name; raises `Invalid`."""
    return check_name(text, field=field, most=MAX_PERSON_CHARACTERS)


def check_password(text: str) -> str:
    """Return a password in the form in which it is hashed; raises `Invalid`, which shows none."""
    if not LEAST_PASSWORD_CHARACTERS <= len(text) <= MAX_PASSWORD_CHARACTERS:
        raise Invalid(
            field="password",
            got=f"{len(text)} characters",
            wants=f"{LEAST_PASSWORD_CHARACTERS} to {MAX_PASSWORD_CHARACTERS} characters",
        )
    if not _is_unicode(text):
        raise Invalid(field="password", got="halves of characters", wants="Unicode")
    return normal_password(text)


def normal_password(text: str) -> str:
    """Return the one form of a password that two keyboards may spell differently.

    NFKC, as NIST SP 800-63B §5.1.1.2 has it.
    """
    return unicodedata.normalize("NFKC", text)


def check_applications(applications: Sequence[Application]) -> tuple[Application, ...]:
    """Return roles in front ends, each client once, in order; raises `Invalid`."""
    roles: dict[str | None, set[str]] = {}
    for application in applications:
        if application.client_key is not None:
            _word(application.client_key)
        of_client = roles.setdefault(application.client_key, set())
        of_client.update(map(_word, application.roles))
    for count in (len(applications), *map(len, roles.values())):
        if count > MAX_APPLICATIONS:
            raise Invalid(field="applications", got=count, wants=f"at most {MAX_APPLICATIONS}")
    return tuple(
        Application(client_key=key, roles=tuple(sorted(roles[key])))
        for key in sorted(roles, key=lambda key: key or "")
    )


def check_new_key(new: NewKey) -> str:
    """Return the name of a key to be made; raises `Invalid`."""
    days = new.expires_in_days
    if days is not None and not 1 <= days <= MAX_KEY_DAYS:
        raise Invalid(field="expires_in_days", got=days, wants=f"1 to {MAX_KEY_DAYS}")
    return check_name(new.name, most=MAX_KEY_NAME_CHARACTERS)


def _origin(text: str) -> str:
    wants = "https://HOST or http://HOST, with a port where it is another, and nothing behind it"
    _check(text, ORIGIN, field="origins", most=MAX_ORIGIN_CHARACTERS, wants=wants)
    origin = text.lower()
    return origin.removesuffix(_DEFAULT_PORTS[origin.partition(":")[0]])


def _word(text: str) -> str:
    wants = f"1 to {MAX_PERSON_CHARACTERS} characters without blanks"
    return _check(text, WORD, field="applications", most=MAX_PERSON_CHARACTERS, wants=wants)


def _check(text: str, pattern: str, *, field: str, most: int, wants: str) -> str:
    # `$` alone would let a line break pass at the end.
    fits = len(text) <= most and not text.endswith("\n") and re.search(pattern, text)
    if not fits or not _is_unicode(text):
        shown = text[:100].encode("utf-8", "backslashreplace").decode()
        raise Invalid(field=field, got=shown, wants=wants)
    return text


def _is_unicode(text: str) -> bool:
    """Whether it can be stored at all: Python's text may hold halves of characters."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
