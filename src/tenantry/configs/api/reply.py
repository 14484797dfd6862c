"""Settings to HTTP answers, the same bytes through every door."""

import msgspec

from tenantry.base.codec import encode_json
from tenantry.base.instant import format_instant
from tenantry.configs.model import ConfigEntry
from tenantry.web import Answer

TEXT = b"text/plain; charset=utf-8"
JSON = b"application/json"


class ConfigJson(msgspec.Struct, omit_defaults=True):
    """A setting as `Accept: application/json` gets it."""

    name: str
    value: msgspec.Raw
    version: int
    position: int
    updated_at: str
    layer: str
    secret: bool = False


class ConfigItem(msgspec.Struct):
    """A setting in the list."""

    name: str
    value: msgspec.Raw


def accepts_json(accept: bytes | None) -> bool:
    """Whether the client asked for JSON by name; `*/*` did not."""
    return accept is not None and b"application/json" in accept


def entry_reply(entry: ConfigEntry, token: str, *, as_json: bool) -> Answer:
    """Answer with the raw value, or with the JSON form; `token` tells its version."""
    if as_json:
        return _reply(entry, token, JSON, encode_entry(entry))
    if entry.is_text:
        return _reply(entry, token, TEXT, entry.text)
    return _reply(entry, token, JSON, entry.value)


def unchanged_reply(entry: ConfigEntry, token: str) -> Answer:
    """Answer 304: the client has this version."""
    return Answer(304, validators(entry, token), b"")


def unsealed(answer: Answer) -> Answer:
    """Mark an answer that has the value of a secret: nobody on the way may keep it."""
    return Answer(answer.status, [*answer.headers, (b"cache-control", b"no-store")], answer.body)


def stored_reply(entry: ConfigEntry, *, as_json: bool) -> Answer:
    """Answer a write: `OK`, or the JSON form."""
    token = str(entry.version)
    if as_json:
        return _reply(entry, token, JSON, encode_entry(entry))
    return _reply(entry, token, TEXT, b"OK")


def deleted_reply(entry: ConfigEntry) -> Answer:
    """Answer a deletion."""
    return Answer(200, [(b"content-type", TEXT), (b"x-position", b"%d" % entry.position)], b"OK")


def encode_entry(entry: ConfigEntry) -> bytes:
    """Encode the JSON form."""
    return encode_json(
        ConfigJson(
            name=entry.name,
            value=msgspec.Raw(entry.value),
            version=entry.version,
            position=entry.position,
            updated_at=format_instant(entry.updated_at),
            layer=entry.layer,
            secret=entry.is_secret,
        )
    )


def encode_item(entry: ConfigEntry) -> bytes:
    """Encode one item of the list."""
    return encode_json(ConfigItem(entry.name, msgspec.Raw(entry.value)))


def _reply(entry: ConfigEntry, token: str, content_type: bytes, body: bytes) -> Answer:
    return Answer(200, [(b"content-type", content_type), *validators(entry, token)], body)


def validators(entry: ConfigEntry, token: str) -> list[tuple[bytes, bytes]]:
    """Return the headers that tell a version."""
    return [
        (b"etag", b'"%b"' % token.encode("ascii")),
        (b"x-position", b"%d" % entry.position),
        (b"vary", b"accept"),
    ]
