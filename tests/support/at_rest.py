"""All that a node has stored, and what a secret could look like in it."""

import base64
import hashlib
from pathlib import Path
from typing import Any

from tenantry.db import Transaction
from tests.support.nodes import Node

_TABLES = {
    "sqlite": "SELECT name FROM sqlite_schema WHERE type = 'table'",
    "postgres": "SELECT relname FROM pg_class WHERE relkind = 'r'"
    " AND relnamespace = 'public'::regnamespace",
}


async def held_by(node: Node, folder: Path) -> bytes:
    """Return every value of every table, and the bytes of the database that lies in `folder`."""
    # As the owner, who may read every table.
    return await node.app.database.administer(_everything) + _files(folder)


def forms_of(secret: str) -> list[bytes]:
    """Return a secret as it could have been stored: whole, its secret part, and in other codes."""
    parts = [secret]
    if secret.startswith(("tnk_", "tns_")):
        parts.append(secret.split("_", 2)[2])
        parts.append(base64.urlsafe_b64decode(parts[1] + "=").hex())
    found = [part.encode() for part in parts]
    return [
        *found,
        *(base64.b64encode(part).rstrip(b"=") for part in found),
        *(part.hex().encode() for part in found),
        # A hash that anybody can compute is as good as a short password itself.
        *(
            hashlib.new(kind, secret.encode()).hexdigest().encode()
            for kind in ("sha256", "sha1", "md5")
        ),
        *(hashlib.new(kind, secret.encode()).digest() for kind in ("sha256", "sha1", "md5")),
    ]


def _files(folder: Path) -> bytes:
    """Return the bytes of an SQLite database and its journal."""
    return b"".join(path.read_bytes() for path in sorted(folder.glob("tenantry.db*")))


def _everything(tx: Transaction) -> bytes:
    """Return every value of every table, as bytes and as text."""
    found: list[bytes] = []
    for (table,) in tx.connection.execute(_TABLES[tx.dialect]).fetchall():
        for row in tx.connection.execute(f'SELECT * FROM "{table}"').fetchall():
            found += [_bytes_of(value) for value in row]
    return b"\n".join(found)


def _bytes_of(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value + b"\n" + value.hex().encode()
    return str(value).encode()
