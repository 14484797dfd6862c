"""Where to read on in a file, and whether it is still the same one."""

import hashlib
import os
from typing import BinaryIO, Final

import msgspec

from tenantry.base.codec import encode_json
from tenantry.sync.errors import ValidationError
from tenantry.sync.model import Collection, Position

MOST_RESTARTS: Final = 3


class Place(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A byte, or a row of a Parquet file; `line` is where that is, for messages."""

    version: str
    at: int = 0
    line: int = 0
    restarts: int = 0


_PLACES: Final = msgspec.json.Decoder(Place)


def version_of(file: BinaryIO) -> str:
    """Return what is another one as soon as anything is written to the file, or in its place."""
    found = os.fstat(file.fileno())
    return f"{found.st_ino:x}-{found.st_size:x}-{found.st_mtime_ns:x}-{found.st_ctime_ns:x}"


def etag_of(version: str, path: str, collection: Collection) -> str:
    """Return the etag of a file, as rows of a collection."""
    known_by = (version, path, collection.key, collection.schema)
    return hashlib.blake2b(encode_json(known_by), digest_size=16).hexdigest()


def place_at(position: Position, version: str, collection: Collection) -> Place:
    """Return where to read on: at the beginning again, where the file has changed meanwhile.

    What was there and is no more stays until the next pass, which the etag of the first page asks
    for. Raises `ValidationError` where the file changes all the time.
    """
    if position.token is None:
        return Place(version=version)
    try:
        place = _PLACES.decode(position.token)
    except msgspec.MsgspecError:
        told = "the place to read on at is not one of this source; begin the collection anew"
        raise ValidationError(f"{collection.name}: {told}") from None

    if place.version == version:
        return place
    if place.restarts >= MOST_RESTARTS:
        told = f"has changed {MOST_RESTARTS + 1} times while it was read"
        raise ValidationError(f"{collection.name}: {collection.file} {told}")
    return Place(version=version, restarts=place.restarts + 1)


def token_of(place: Place) -> str:
    """Return the token that means a place."""
    return encode_json(place).decode()
