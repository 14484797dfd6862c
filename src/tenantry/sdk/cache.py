"""The file from which a replica starts while its server is away."""

import hashlib
import hmac
import logging
import os
import tempfile
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from tenantry.sdk.connection import Connection
from tenantry.sdk.model import SECRET_TEXT, ConfigChange

_FORMAT: Final = 1
_PAUSE_SECONDS: Final = 1.0
_LOGGER: Final = logging.getLogger(__name__)


class Saved(msgspec.Struct, frozen=True, kw_only=True):
    """What a replica held: both layers as they were at `position`, and when it last knew so."""

    position: int
    heard_at: datetime
    entries: tuple[ConfigChange, ...]


class _Content(Saved, frozen=True, kw_only=True):
    format: int
    server: str
    tenant: str | None
    prefix: str


class CacheFile:
    """A file of one server, tenant, token and prefix; one of any other is none.

    The first line is a digest of the rest under the token, so a file that is torn, was edited or
    belongs to somebody else is refused; secrets are in it by name only.
    """

    def __init__(self, path: Path, *, connection: Connection, prefix: str) -> None:
        self.path = path
        self._connection = connection
        self._prefix = prefix

    def load(self) -> Saved | None:
        """Return what was saved, None where there is nothing to be trusted; a log line says why."""
        try:
            digest, _, body = self.path.read_bytes().partition(b"\n")
        except FileNotFoundError:
            return None
        except OSError as error:
            _LOGGER.warning("Cache file %s is ignored: %s", self.path, error)
            return None

        if not hmac.compare_digest(digest, self._digest(body)):
            _LOGGER.warning("Cache file %s is ignored: it is damaged or another's", self.path)
            return None
        return self._decode(body)

    def save(self, saved: Saved) -> None:
        """Replace the file as a whole, readable by its owner only; raises `OSError`."""
        body = msgspec.json.encode(
            _Content(
                format=_FORMAT,
                server=self._connection.address,
                tenant=self._connection.tenant,
                prefix=self._prefix,
                position=saved.position,
                heard_at=saved.heard_at,
                entries=tuple(map(_without_secret, saved.entries)),
            )
        )
        _replace(self.path, self._digest(body) + b"\n" + body)

    def _decode(self, body: bytes) -> Saved | None:
        try:
            content = msgspec.json.decode(body, type=_Content)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            _LOGGER.warning("Cache file %s is ignored: another version wrote it", self.path)
            return None

        expected = (_FORMAT, self._connection.address, self._connection.tenant, self._prefix)
        if (content.format, content.server, content.tenant, content.prefix) != expected:
            _LOGGER.warning(
                "Cache file %s is ignored: it is of tenant %s at %s",
                self.path,
                content.tenant,
                content.server,
            )
            return None
        return content

    def _digest(self, body: bytes) -> bytes:
        key = (self._connection.token or "").encode()
        return hmac.new(key, body, hashlib.sha256).hexdigest().encode()


class CacheSaver:
    """A thread that saves what `take` returns after `touch`: at most once a second, and at stop."""

    def __init__(self, file: CacheFile, *, take: Callable[[], Saved | None]) -> None:
        self._file = file
        self._take = take
        self._touched = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="tenantry-cache", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def touch(self) -> None:
        """Say that there is something new to save."""
        self._touched.set()

    def stop(self) -> None:
        """Save for the last time, and end."""
        self._stopping.set()
        self._touched.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._touched.wait()
            self._touched.clear()
            self._save()
            self._stopping.wait(_PAUSE_SECONDS)
        self._save()

    def _save(self) -> None:
        try:
            saved = self._take()
            if saved is not None:
                self._file.save(saved)
        except Exception as error:  # noqa: BLE001 - the thread's outermost guard: reads need no file
            _LOGGER.warning("Cache file %s was not written: %r", self._file.path, error)


def _without_secret(entry: ConfigChange) -> ConfigChange:
    # The server never sends the value; whatever it sends, it does not get on a disk.
    return msgspec.structs.replace(entry, value=SECRET_TEXT) if entry.is_secret else entry


def _replace(path: Path, content: bytes) -> None:
    # For its owner only from the first byte on.
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123 - it is open already
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:  # whatever ends this, no half a file is left
        Path(name).unlink(missing_ok=True)
        raise
