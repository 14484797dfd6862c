"""How a host behaves that is not well, or not nice."""

from typing import Literal

import msgspec

DAY_US = 86_400_000_000


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What is answered instead of a stream; `retry_after` is in seconds."""

    status: int
    error: str = "InvalidRequest"
    message: str = ""
    retry_after: float | None = None


class Mood(msgspec.Struct, frozen=True, kw_only=True):
    """What a host does besides sending; the default is a host that is well.

    Counts are of the frames of one connection. A share is of all frames, and falls on the same ones
    each time.
    """

    rate: float | None = None
    """Frames a second; as fast as they are taken where it is None."""
    close_after: int | None = None
    close_with: Literal["reset", "frame", "late"] = "reset"
    """Without a word (the client sees 1006), with a close frame, or so after a long silence."""
    silent_after: int | None = None
    """Stays open and says nothing more."""
    too_slow_after: int | None = None
    """Ends the stream with `ConsumerTooSlow`, on the second wire."""
    blind_to: tuple[str, ...] = ()
    """Collections that are left out, without a word."""
    skew_us: int = 0
    skew_share: float = 1.0
    """Claims times that are off by so much: for all frames, its clock being wrong, or for some."""
    shuffle: int = 0
    """Frames change places within windows of so many; those of one person keep their order."""
    repeat_share: float = 0.0
    """Frames that are sent twice."""
    malformed_every: int | None = None
    oversized_every: int | None = None
    oversized_bytes: int = 6 * 1024 * 1024
    keeps_us: int | None = None
    """How far it goes back from its latest event: the first wire starts later without a word, the
    second one refuses an older cursor."""
    answer: Answer | None = None
    """What it answers instead of a stream."""
    hangs: bool = False
    """Takes the request, and answers nothing."""
    tells_outdated: bool = False
    """Begins with the notice `OutdatedCursor`, on the second wire."""
    forgets_dictionary: bool = False
    """Refuses the dictionary that it has given out itself."""
    garbles: bool = False
    """Sends what cannot be decompressed, where it was asked to compress."""
