"""What the client itself needs besides, and its users."""

import re
from typing import Any, Final

from tenantry.clients.rules.checks import is_username, why_no_password
from tenantry.clients.rules.importing.draft import Draft
from tenantry.clients.rules.importing.secrets import is_hash, is_sealed

_NOT_IN_KEY: Final = re.compile(r"[^a-z0-9._-]+")
_KEY: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
_MOST_CHARACTERS: Final = 63
_EMAIL: Final = re.compile(r"[^@\s{}$]+@[^@\s{}$]+")
_GENERATE: Final = "generate"


def client(draft: Draft) -> None:
    """Give a client a key that it may have, and leave out what nobody could log in with."""
    draft.adapt("key", _key_of, "a key has lower-case letters, digits, dots, - and _")
    draft.leave_out_empty(["key"])
    made = next(filter(None, (_key_of(draft.text(name)) for name in ("username", "name"))), "")
    if "key" not in draft.item and made:
        draft.add("key", made, "made from its user name or its name, since it had none")
    _credentials(draft)


def user(draft: Draft) -> None:
    """Leave out who cannot be told apart; who has no role is a user."""
    if "email" in draft.item and not _EMAIL.fullmatch(draft.text("email")):
        draft.leave_out("email", "not an e-mail address")
    if not draft.item.get("roles"):
        if "roles" in draft.item:
            draft.leave_out("roles", "nothing in it")
        draft.add("roles", ["USER"], "what the original gives to whoever has no role")
    if draft.item.get("username") and not is_username(draft.text("username")):
        draft.leave_out(
            "username", "not a user name that anybody may have here; it has blanks, @, : or slashes"
        )
    _credentials(draft)
    if why := why_no_password(draft.text("password")):
        draft.leave_out("password", why)


def _credentials(draft: Draft) -> None:
    """Leave out a salt, and a password that is none."""
    password: Any = draft.item.get("password")
    if isinstance(password, str) and is_hash(password):
        draft.leave_out("password", "the hash of a password, with which nobody can log in here")
    elif password == _GENERATE:
        draft.leave_out("password", "no password, but the wish for one")
    if "salt" in draft.item and not is_sealed(draft.text("salt")):
        draft.leave_out("salt", "salts are made here, for each password its own")


def _key_of(text: str) -> str:
    lowered = text.strip().lower()
    if _KEY.fullmatch(lowered):
        return lowered
    return _NOT_IN_KEY.sub("-", lowered).strip("-._")[:_MOST_CHARACTERS]
