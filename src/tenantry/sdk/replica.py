"""A copy of the settings in this process, which follows the server."""

import logging
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import msgspec

from tenantry.base import Clock, SystemClock
from tenantry.sdk.cache import CacheFile, CacheSaver, Saved
from tenantry.sdk.connection import Connection
from tenantry.sdk.errors import Invalid, RequestFailed, Unavailable
from tenantry.sdk.feed import Feed, Follower
from tenantry.sdk.model import SECRET_TEXT, ConfigChange
from tenantry.sdk.retry import Retry
from tenantry.sdk.secrets import RevealedSecrets
from tenantry.sdk.tree import SEALED, Effect, LayeredTree
from tenantry.sdk.watching import SILENCE_SECONDS, Passed, Snapshot, WatchEvent, Watching

Callback = Callable[[str, Any, Any], object]
"""Takes a name, its old value and its new one; `ABSENT` where there is none."""

# How old the time in the file may become while nothing changes.
_SAVE_SECONDS: Final = 60.0
_WAIT_SECONDS: Final = 30.0
_RECONNECT: Final = Retry(most_seconds=15.0)
_LOGGER: Final = logging.getLogger(__name__)


class ReplicaSnapshot(msgspec.Struct, frozen=True):
    """All values at one position, by name; a secret is `[secret]`."""

    position: int
    values: dict[str, Any]


class ConfigReplica:
    """The settings of a tenant whose names start with `prefix`, as they count: own before global.

    A read is a dictionary look-up, in any thread and on any event loop; only a secret is fetched,
    once for each of its versions. Values are handed out as they are: do not change them. Reads
    raise `Unavailable` as long as there is neither an answer of the server nor a `cache_file`,
    which is what it starts from while the server is away.

    `retry` says how long to wait between connections. A server that is silent for
    `silence_seconds` is gone; it must be more than the 15 in which the server says something.
    """

    def __init__(
        self,
        *,
        server: str,
        token: str | None = None,
        tenant: str | None = None,
        prefix: str = "",
        cache_file: str | PathLike[str] | None = None,
        verify: ssl.SSLContext | bool = True,
        retry: Retry | None = None,
        silence_seconds: float = SILENCE_SECONDS,
        clock: Clock | None = None,
    ) -> None:
        if not silence_seconds > 0:
            raise Invalid(f"silence_seconds: got {silence_seconds}, wants more than 0")
        self._connection = Connection(server=server, token=token, tenant=tenant, verify=verify)
        self._prefix = prefix
        self._retry = retry or _RECONNECT
        self._silence_seconds = silence_seconds
        self._clock = clock or SystemClock()
        self._file = (
            CacheFile(Path(cache_file), connection=self._connection, prefix=prefix)
            if cache_file is not None
            else None
        )
        self._secrets = RevealedSecrets(self._connection)
        self._callbacks: list[tuple[str, Callback]] = []

        self._transition = threading.Lock()
        self._feed: Feed | None = None
        self._saver: CacheSaver | None = None

        # Below: changed under the lock; `_values` is read without it.
        self._changed = threading.Condition(threading.Lock())
        self._tree: LayeredTree | None = None
        self._values: dict[str, Any] | None = None
        self._position = 0
        self._heard_at: float | None = None
        self._saved_at = float("-inf")
        self._is_following = False
        self._error: RequestFailed | None = None

    def __repr__(self) -> str:
        return f"ConfigReplica({self._connection!r}, position={self._position})"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Take what the cache file has, and begin to follow; a no-op when running.

        It does not wait for the server: `wait_ready` does. A process that forks starts it after
        that, for threads stay behind.
        """
        with self._transition:
            if self._feed is not None:
                return
            self._load()
            if self._file is not None:
                self._saver = CacheSaver(self._file, take=self._take)
                self._saver.start()
            self._feed = Feed(
                connection=self._connection,
                watching=Watching(prefix=self._prefix, with_snapshot=True),
                follower=Follower(heard=self._heard, resumed=self._resumed, lost=self._lost),
                retry=self._retry,
                silence_seconds=self._silence_seconds,
            )
            self._feed.start()

    def stop(self) -> None:
        """Follow no more, and save the cache file; a no-op when not running.

        Reads go on with what was there last, and a later `start` follows again.
        """
        with self._transition:
            feed, self._feed = self._feed, None
            saver, self._saver = self._saver, None
        # Not under the lock: a callback, which the feed waits for, may call this too.
        if feed is not None:
            feed.stop()
        with self._changed:
            if self._feed is None:
                self._is_following = False
        if saver is not None:
            saver.stop()
        self._secrets.close()

    def __getitem__(self, name: str) -> Any:
        values = self._values
        if values is None:
            raise self._not_ready()
        value = values[name]
        return value if value is not SEALED else self._reveal(name)

    def get(self, name: str, default: Any = None) -> Any:
        """Return the value of a setting, or `default` where there is none."""
        values = self._values
        if values is None:
            raise self._not_ready()
        value = values.get(name, default)
        if value is not SEALED:
            return value
        try:
            return self._reveal(name)
        except KeyError:
            return default

    def __contains__(self, name: object) -> bool:
        return name in self._known()

    def __len__(self) -> int:
        return len(self._known())

    def __iter__(self) -> Iterator[str]:
        # Of a copy, since the feed goes on meanwhile.
        return iter(list(self._known()))

    def snapshot(self) -> ReplicaSnapshot:
        """Return all values at once, as they are at one position."""
        with self._changed:
            values = self._known()
            return ReplicaSnapshot(
                self._position,
                {name: SECRET_TEXT if v is SEALED else v for name, v in values.items()},
            )

    @property
    def position(self) -> int:
        """The position of the last change that is taken in; 0 before there is any state."""
        return self._position

    @property
    def staleness(self) -> timedelta:
        """How long ago the server was last heard, heartbeats included.

        For what came from the cache file, how long ago whoever wrote it had heard the server;
        `timedelta.max` where there is no state at all.
        """
        heard_at = self._heard_at
        if heard_at is None:
            return timedelta.max
        return timedelta(seconds=max(0.0, self._clock.monotonic() - heard_at))

    @property
    def is_live(self) -> bool:
        """Whether it follows the server now, and lacks nothing but what is on its way."""
        return self._is_following and self.staleness.total_seconds() <= self._silence_seconds

    @property
    def last_error(self) -> RequestFailed | None:
        """Why it does not follow the server; None while it does."""
        return self._error

    def on_change(self, callback: Callback, *, prefix: str = "") -> Callable[[], None]:
        """Call `callback(name, old, new)` whenever a value with this prefix has changed.

        That is in the replica's thread, in the order of the changes, and once reads see the new
        value; `ABSENT` stands for none, `[secret]` for a secret. The first state is no change.
        What `callback` raises is logged. Returns what ends it.
        """
        registered = (prefix, callback)
        self._callbacks = [*self._callbacks, registered]

        def remove() -> None:
            self._callbacks = [each for each in self._callbacks if each is not registered]

        return remove

    def wait_ready(self, timeout_seconds: float = _WAIT_SECONDS) -> None:
        """Wait until there is something to read, the cache file's or the server's.

        Raises `Unavailable` with the reason where that takes longer.
        """
        with self._changed:
            if self._changed.wait_for(lambda: self._values is not None, timeout_seconds):
                return
        raise self._not_ready()

    def reach(self, position: int, timeout_seconds: float = _WAIT_SECONDS) -> None:
        """Wait until the change at `position`, one's own for example, is taken in.

        Of anything but a value stored or deleted under a name with the replica's prefix the server
        tells only with its next heartbeat, after 15 seconds. Raises `Unavailable` where it takes
        longer.
        """
        with self._changed:
            if self._changed.wait_for(lambda: self._position >= position, timeout_seconds):
                return
        raise Unavailable(
            f"the replica is at position {self._position}, not at {position}",
            code="projection_behind",
        )

    def _heard(self, feed: Feed, events: list[WatchEvent]) -> None:
        for event in events:
            for effect in self._take_in(feed, event):
                self._tell(effect)

        with self._changed:
            if feed is not self._feed or not self._is_following:
                return
            self._heard_at = self._clock.monotonic()
            is_old = self._heard_at - self._saved_at >= _SAVE_SECONDS
            saver = self._saver
        if saver is not None and (events or is_old):
            saver.touch()

    def _resumed(self, feed: Feed) -> None:
        with self._changed:
            if feed is self._feed:
                self._is_following = True
                self._error = None

    def _lost(self, feed: Feed, error: RequestFailed | None) -> None:
        with self._changed:
            if feed is self._feed:
                self._is_following = False
                self._error = error

    def _take_in(self, feed: Feed, event: WatchEvent) -> list[Effect]:
        with self._changed:
            # A feed that was stopped may still have something in hand.
            if feed is not self._feed:
                return []
            effects = self._effects_of(event)
            self._position = event.position
            # With the state itself, since the file may be written before this batch is through.
            self._heard_at = self._clock.monotonic()
            self._changed.notify_all()
        return effects

    def _effects_of(self, event: WatchEvent) -> list[Effect]:
        if isinstance(event, Passed):
            return []
        return self._replace(event) if isinstance(event, Snapshot) else self._apply(event)

    def _replace(self, snapshot: Snapshot) -> list[Effect]:
        before, tree = self._tree, LayeredTree(snapshot.entries)
        effects = list(before.differences(tree)) if before is not None else []

        self._tree, self._values = tree, tree.values
        self._secrets.keep_only(tree)
        self._is_following = True
        self._error = None
        return effects

    def _apply(self, change: ConfigChange) -> list[Effect]:
        if self._tree is None:
            raise RuntimeError(f"a change at {change.position} came before any state")
        effect = self._tree.apply(change)
        self._secrets.forget(change.name)
        return [effect] if effect is not None else []

    def _tell(self, effect: Effect) -> None:
        for prefix, callback in self._callbacks:
            if not effect.name.startswith(prefix):
                continue
            try:
                callback(effect.name, effect.old, effect.new)
            except Exception:  # a callback is somebody else's, and must not end the feed
                _LOGGER.exception("A callback on changes of %r failed", effect.name)

    def _reveal(self, name: str) -> Any:
        tree = self._tree
        entry = tree.find(name) if tree is not None else None
        if entry is None:
            raise KeyError(name)
        value = self._secrets.reveal(entry)
        if self._tree is None or self._tree.find(name) is not entry:
            # It has changed while it was fetched: the next read fetches what it is then.
            self._secrets.forget(name)
        return value

    def _known(self) -> dict[str, Any]:
        if self._values is None:
            raise self._not_ready()
        return self._values

    def _not_ready(self) -> Unavailable:
        reason = f": {self._error}" if self._error is not None else ""
        error = Unavailable(
            f"the replica has heard nothing of {self._connection.address} yet{reason}",
            code="not_ready",
        )
        error.__cause__ = self._error
        return error

    def _load(self) -> None:
        """Begin with what the file has, where there is nothing better."""
        saved = self._file.load() if self._file is not None and self._tree is None else None
        if saved is None:
            return
        age = max(0.0, (self._clock.now() - saved.heard_at).total_seconds())
        with self._changed:
            self._tree = LayeredTree(saved.entries)
            self._values = self._tree.values
            self._position = saved.position
            self._heard_at = self._clock.monotonic() - age
            self._changed.notify_all()

    def _take(self) -> Saved | None:
        """Return what the file shall hold; for the saver."""
        with self._changed:
            if self._tree is None:
                return None
            self._saved_at = self._clock.monotonic()
            return Saved(
                position=self._position,
                heard_at=self._clock.now() - self.staleness,
                entries=tuple(self._tree.entries()),
            )
