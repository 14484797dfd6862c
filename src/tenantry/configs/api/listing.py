"""Many settings in one answer: pages of the present, and streams of what does not fit a page."""

import asyncio
import base64
import binascii
import re
from collections.abc import AsyncIterator, Iterable
from urllib.parse import urlencode

from tenantry.base.codec import encode_json
from tenantry.base.errors import Invalid
from tenantry.configs.api.reply import encode_item
from tenantry.configs.model import ConfigEntry, ConfigRecord

MAX_LIMIT = 100_000
_ITEMS_A_CHUNK = 500
_DIGITS = re.compile(r"[0-9]{1,18}")


def read_limit(limit: str | None) -> int | None:
    """Read `?limit=`; raises `Invalid`."""
    if limit is None:
        return None
    # Not by the framework, to which `null` is no limit.
    if not _DIGITS.fullmatch(limit) or not 1 <= int(limit) <= MAX_LIMIT:
        raise Invalid(field="limit", got=limit[:64], wants=f"1 to {MAX_LIMIT}")
    return int(limit)


def read_cursor(cursor: str | None) -> str | None:
    """Return the name that a page's `cursor` stands for; raises `Invalid`."""
    if cursor is None:
        return None
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        return base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (UnicodeError, binascii.Error) as error:
        raise Invalid(
            field="cursor", got=cursor[:64], wants="a cursor of an earlier page"
        ) from error


def next_link(path: str, last: ConfigEntry, **query: object) -> str:
    """Return the `Link` header that leads to the page behind `last`."""
    cursor = base64.urlsafe_b64encode(last.name.encode()).decode().rstrip("=")
    given = {name: value for name, value in query.items() if value not in (None, "")}
    return f'<{path}?{urlencode({**given, "cursor": cursor})}>; rel="next"'


def stream_entries(entries: Iterable[ConfigEntry]) -> AsyncIterator[bytes]:
    """Encode settings as one JSON array, letting others run between chunks."""
    return stream_items(map(encode_item, entries))


async def stream_items(encoded: Iterable[bytes]) -> AsyncIterator[bytes]:
    """Join encoded items to one JSON array, letting others run between chunks."""
    items: list[bytes] = []
    lead = b"["
    for item in encoded:
        items.append(item)
        if len(items) >= _ITEMS_A_CHUNK:
            yield lead + b",".join(items)
            items, lead = [], b","
            await asyncio.sleep(0)
    yield (lead if items or lead == b"[" else b"") + b",".join(items) + b"]"


async def stream_pages(
    pages: AsyncIterator[list[ConfigRecord]], first: list[ConfigRecord]
) -> AsyncIterator[bytes]:
    """Encode the pages of a history as one JSON array."""
    # encode_json([a, b]) is `[a,b]`: the brackets of the pages become commas.
    yield b"[" + encode_json(first)[1:-1]
    async for page in pages:
        yield b"," + encode_json(page)[1:-1]
    yield b"]"
