"""Server-sent events, line by line: bytes in whatever chunks they come, frames out.

As the HTML standard says (§9.2.6), but for one thing: a frame knows whether it had an `id` itself.
"""

import re
from typing import Final

import msgspec

from tenantry.sdk.errors import Unreachable

MAX_FRAME_BYTES: Final = 32 * 1024 * 1024
"""A value of a million characters, escaped, is well below; what is above is not for us."""

_LINE_END: Final = re.compile(rb"\r\n|\r|\n")
_BOM: Final = b"\xef\xbb\xbf"


class Frame(msgspec.Struct, frozen=True):
    """One event; `id` is None where it had none of its own.

    What has an id and no data is no event: it only says where the stream stands, and `event` is
    empty.
    """

    event: str
    data: bytes
    id: str | None = None


class EventStreamParser:
    """Reads one stream, from its first byte; `retry_seconds` is what it asks for, if it does."""

    def __init__(self, *, max_frame_bytes: int = MAX_FRAME_BYTES) -> None:
        self.retry_seconds: float | None = None
        self._max_frame_bytes = max_frame_bytes
        self._line: list[bytes] = []
        self._size = 0
        self._is_first_line = True
        self._had_cr = False
        self._event = ""
        self._data: list[bytes] = []
        self._id: str | None = None

    def feed(self, chunk: bytes) -> list[Frame]:
        """Take the next bytes and return the frames that end in them.

        Raises `Unreachable` for a frame that is beyond every measure, or no UTF-8.
        """
        if self._had_cr and chunk:
            # The rest of a CRLF, of which the last chunk had the half.
            chunk = chunk.removeprefix(b"\n")
            self._had_cr = False
        if not chunk:
            return []
        self._had_cr = chunk.endswith(b"\r")
        self._grow(len(chunk))

        *ends, rest = _LINE_END.split(chunk)
        frames = [frame for end in ends if (frame := self._take_line(end)) is not None]
        if rest:
            self._line.append(rest)
        return frames

    def _grow(self, size: int) -> None:
        self._size += size
        if self._size > self._max_frame_bytes:
            raise Unreachable(f"a frame of the stream has over {self._max_frame_bytes} bytes")

    def _take_line(self, end: bytes) -> Frame | None:
        line = b"".join([*self._line, end])
        self._line.clear()
        if self._is_first_line:
            line = line.removeprefix(_BOM)
            self._is_first_line = False

        if not line:
            return self._dispatch()
        self._take_field(line)
        return None

    def _take_field(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self._data.append(value)
        elif name == b"event":
            self._event = _text(value)
        elif name == b"id" and b"\0" not in value:
            self._id = _text(value)
        elif name == b"retry" and value.isdigit():
            self.retry_seconds = int(value) / 1000
        # A comment has no name, and what is unknown is left out.

    def _dispatch(self) -> Frame | None:
        frame = None
        if self._data:
            frame = Frame(self._event or "message", b"\n".join(self._data), self._id)
        elif self._id is not None:
            frame = Frame("", b"", self._id)
        self._event, self._data, self._id = "", [], None
        self._size = 0
        return frame


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise Unreachable("the stream is not a Tenantry server's: it is not UTF-8") from error
