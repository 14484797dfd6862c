"""What one host sends, frame by frame: its events as its mood has them."""

import bisect
import random
from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise
from typing import Final

import msgspec
import zstandard

from tenantry.testing.jetstream.mood import Mood
from tenantry.testing.jetstream.rendering import Wire, collection_of, kind_of, render
from tenantry.testing.network import Sent

_DICTIONARY_BYTES: Final = 32 * 1024
_SAMPLES: Final = 2_000


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a client has asked for; no collections are all of them, no `dids` everybody."""

    wire: Wire
    cursor: int | None = None
    collections: tuple[str, ...] = ()
    dids: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    is_compressed: bool = False
    most_bytes: int = 0

    def wants(self, event: Sent) -> bool:
        """Whether an event is to be sent: identities and accounts are, whatever the collections."""
        if self.dids and event.did not in self.dids:
            return False
        if self.kinds and kind_of(event) not in self.kinds:
            return False
        collection = collection_of(event)
        if not self.collections or collection is None:
            return True
        return any(_includes(pattern, collection) for pattern in self.collections)


class Program:
    """The events of a host in the order in which it sends them, and their frames.

    `first_seq` is the `seq` of the first event, since hosts count for themselves. `seed` is that of
    what a mood leaves to chance.
    """

    def __init__(
        self, events: Sequence[Sent], *, mood: Mood, first_seq: int = 1, seed: int = 0
    ) -> None:
        self.mood = mood
        self.first_seq = first_seq
        self._seed = seed
        self._events = tuple(events)
        self._times = [event.time_us for event in self._events]
        for before, after in pairwise(self._times):
            if after < before:
                raise ValueError("events must be in the order of their time")
        self._order = self._shuffled()
        self._frames: dict[tuple[Wire, bool], list[bytes | None]] = {}

    @property
    def count(self) -> int:
        """How many events there are."""
        return len(self._events)

    @cached_property
    def dictionary(self) -> bytes:
        """A zstd dictionary that was trained on frames of this host."""
        frames = [self._render("v1", index) for index in range(min(_SAMPLES, self.count))]
        samples: list[bytes | bytearray | memoryview] = [
            frame for frame in frames if frame is not None
        ]
        return zstandard.train_dictionary(
            _DICTIONARY_BYTES, samples, dict_id=1_000_000 + self._seed
        ).as_bytes()

    @cached_property
    def dictionary_id(self) -> int:
        """What the dictionary is called."""
        return int(zstandard.ZstdCompressionDict(self.dictionary).dict_id())

    def event(self, index: int) -> Sent:
        """Return what is sent at a place."""
        return self._events[self._order[index]]

    def frame(self, index: int, wire: Wire, *, is_compressed: bool) -> bytes | None:
        """Return the frame at a place; None where the wire does not tell of such events."""
        frames = self._frames.get((wire, is_compressed))
        if frames is None:
            frames = self._frames[wire, is_compressed] = self._all(wire, is_compressed)
        return frames[index]

    def is_repeated(self, index: int) -> bool:
        """Whether the frame at a place is sent twice."""
        share = self.mood.repeat_share
        return share > 0 and random.Random(f"repeat {self._seed} {index}").random() < share  # noqa: S311

    def place_of_seq(self, seq: int) -> int:
        """Return the place from which everything behind `seq`, and it itself, is sent."""
        return max(0, min(seq - self.first_seq, self.count))

    def place_of_time(self, time_us: int) -> int:
        """Return the place from which everything of that time and later is sent.

        The time is what this host's clock has claimed, if it claims so of all its frames.
        """
        if self.mood.skew_share == 1.0:
            time_us -= self.mood.skew_us
        place = bisect.bisect_left(self._times, time_us)
        # What has changed places with what is later must not be left out.
        window = self.mood.shuffle
        return place - place % window if window else place

    def oldest_place(self, published: int) -> int:
        """Return the place behind which this host keeps what it has sent."""
        if self.mood.keeps_us is None or published == 0:
            return 0
        return bisect.bisect_left(self._times, self._times[published - 1] - self.mood.keeps_us)

    def _all(self, wire: Wire, is_compressed: bool) -> list[bytes | None]:  # noqa: FBT001 - a key
        frames = [self._render(wire, index) for index in range(self.count)]
        if not is_compressed:
            return frames
        compressor = zstandard.ZstdCompressor(
            level=1, dict_data=zstandard.ZstdCompressionDict(self.dictionary)
        )
        return [None if frame is None else compressor.compress(frame) for frame in frames]

    def _render(self, wire: Wire, index: int) -> bytes | None:
        return render(
            self.event(index), wire, seq=self.first_seq + index, skew_us=self._skew(index)
        )

    def _skew(self, index: int) -> int:
        skew, share = self.mood.skew_us, self.mood.skew_share
        if not skew or share == 1.0:
            return skew
        chance = random.Random(f"skew {self._seed} {index}")  # noqa: S311
        if chance.random() >= share:
            return 0
        return skew if chance.random() < 0.5 else -skew  # noqa: PLR2004 - as often ahead as behind

    def _shuffled(self) -> list[int]:
        order = list(range(len(self._events)))
        window = self.mood.shuffle
        if not window:
            return order
        chance = random.Random(f"shuffle {self._seed}")  # noqa: S311
        mixed: list[int] = []
        for start in range(0, len(order), window):
            part = order[start : start + window]
            places: dict[str, list[int]] = {}
            for index in part:
                places.setdefault(self._events[index].did, []).append(index)
            dids = [self._events[index].did for index in part]
            chance.shuffle(dids)
            mixed += [places[did].pop(0) for did in dids]
        return mixed


def _includes(pattern: str, collection: str) -> bool:
    return pattern == collection or (pattern.endswith(".*") and collection.startswith(pattern[:-1]))
