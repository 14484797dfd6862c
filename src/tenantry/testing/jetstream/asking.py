"""What clients ask for, read and refused as the real servers do."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from multidict import MultiMapping

from tenantry.testing.jetstream.program import Asked

_MOST_COLLECTIONS: Final = 100
_MOST_DIDS: Final = 10_000
_KINDS: Final = frozenset(("commit", "identity", "account", "sync"))
_V2_NAMES: Final = frozenset(
    ("cursor", "kinds", "dids", "collections", "maxMessageSizeBytes", "zstdDictionary")
)


class Wrong(Exception):
    """A request that is refused; `code` is what the protocol calls it."""

    def __init__(self, message: str, code: str = "InvalidRequest") -> None:
        super().__init__(message)
        self.code = code


def asked_v1(query: MultiMapping[str], headers: Mapping[str, str]) -> tuple[Asked, bool]:
    """Return what `/subscribe` is asked for, and whether it waits for the client's first word."""
    asked = Asked(
        wire="v1",
        cursor=_integer(query, "cursor"),
        collections=_listed(query, "wantedCollections", _MOST_COLLECTIONS),
        dids=frozenset(_listed(query, "wantedDids", _MOST_DIDS)),
        is_compressed=query.get("compress") == "true"
        or "zstd" in headers.get("Socket-Encoding", ""),
    )
    return asked, query.get("requireHello") == "true"


def asked_v2(query: MultiMapping[str], *, is_strict: bool = True) -> Asked:
    """Return what `subscribeEvents` is asked for."""
    if is_strict and (unknown := set(query) - _V2_NAMES):
        raise Wrong(f"unknown parameter {min(unknown)}")
    kinds = frozenset(_listed(query, "kinds", len(_KINDS)))
    collections = _listed(query, "collections", _MOST_COLLECTIONS)
    if is_strict and not kinds <= _KINDS:
        raise Wrong("unknown kind")
    if is_strict and collections and kinds and "commit" not in kinds:
        raise Wrong("collections without commits")
    return Asked(
        wire="v2",
        cursor=_integer(query, "cursor"),
        collections=collections,
        dids=frozenset(_listed(query, "dids", _MOST_DIDS)),
        kinds=kinds,
        is_compressed="zstdDictionary" in query,
        most_bytes=_integer(query, "maxMessageSizeBytes") or 0,
    )


def changed(asked: Asked, message: Any) -> Asked:
    """Return what is asked for after an `options_update`, whose lists replace those before."""
    try:
        update = msgspec.json.decode(message, type=_Update)
    except (msgspec.MsgspecError, TypeError) as error:
        raise Wrong("not an options_update") from error
    options = update.payload
    return msgspec.structs.replace(
        asked, collections=options.wanted_collections, dids=frozenset(options.wanted_dids)
    )


class _Options(msgspec.Struct, rename="camel"):
    wanted_collections: tuple[str, ...] = ()
    wanted_dids: tuple[str, ...] = ()
    max_message_size_bytes: int = 0


class _Update(msgspec.Struct, tag_field="type", tag="options_update"):
    payload: _Options


def _integer(query: MultiMapping[str], name: str) -> int | None:
    text = query.get(name)
    if text is None:
        return None
    try:
        return int(text)
    except ValueError as error:
        raise Wrong(f"{name} is no number") from error


def _listed(query: MultiMapping[str], name: str, most: int) -> tuple[str, ...]:
    found = tuple(query.getall(name, []))
    if len(found) > most:
        raise Wrong(f"more than {most} {name}")
    return found
