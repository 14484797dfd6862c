"""Which host is asked next, and from where on."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from tenantry.collector.model import Cursor, Gap, Wire
from tenantry.collector.rules import lost, skipped_gap, total_rate, unfilled_from
from tenantry.collector.service.seats import Seats
from tenantry.collector.service.session import Known

REWIND_US: Final = 5_000_000
"""So much is asked for again, since the times of two hosts differ a little."""
REWINDS_US: Final = (60_000_000, 90_000_000_000)
"""And so much where nothing of that was known: a minute, then a day that a clock may be wrong by,
and an hour."""
_REWIND_SHARE: Final = 4
_SECOND_US: Final = 1_000_000
_SEAM_EVENTS: Final = 50


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """A host and what it is asked for.

    `resume_us` is from where on the stream is wanted, None for what is new; `asked_us` is the same
    with what is asked for again, None where a `seq` is asked for. `must_overlap` says that some of
    it must be known, or the two hosts' times are not the same. `is_last` says that nobody goes
    further back, `skipped` what is not asked for, since the host cannot send it, and `after` is
    how far the stream is stored.
    """

    host: str
    cursor: int | None = None
    resume_us: int | None = None
    asked_us: int | None = None
    filling: tuple[Gap, ...] = ()
    must_overlap: bool = False
    is_last: bool = False
    skipped: Gap | None = None
    after: Cursor | None = None


class _Block(msgspec.Struct, frozen=True):
    """Where a host stands whose next frame cannot be read, and how often that was tried."""

    at_us: int
    count: int = 1

    @property
    def until_us(self) -> int:
        """Where to go on: behind it, further each time."""
        return self.at_us + (_SECOND_US << min(max(self.count - 2, 0), 12))


class Hosts:
    """The hosts there are, and what is known of them; named as in the ledger."""

    def __init__(self, hosts: Sequence[str]) -> None:
        self.seats = Seats(hosts)
        self._late: dict[str, int | None] = {}
        self._rewinds: dict[str, int] = {}
        self._blocks: dict[str, _Block] = {}

    def ask(self, known: Known, wires: Mapping[str, Wire | None], *, now_us: int) -> Ask:
        """Return whom to ask for what, after all that is known."""
        host, filling = self.seats.choose(known.open_gaps, late=self._late, now_us=now_us)
        cursor = known.cursor
        if cursor is None:
            return Ask(host=host)
        starts = (unfilled_from(gap, known.covered, host=host) for gap in filling)
        wanted_us = min((*starts, cursor.time_us))
        if host in self._late:
            return self._last_ask(host, wanted_us, filling, is_v1=wires.get(host) == "v1")

        seq = cursor.seq if (cursor.host, cursor.time_us) == (host, wanted_us) else None
        skipped = self._skipped(host, wanted_us, now_us)
        if seq is not None and skipped is None and wires.get(host) != "v1":
            return Ask(host=host, cursor=seq, resume_us=wanted_us, filling=filling)
        if skipped is not None:
            at = skipped.until_us
            return Ask(
                host=host, cursor=at, resume_us=at, asked_us=at, filling=filling, skipped=skipped
            )
        rewind = self._rewinds.get(host, REWIND_US)
        asked_us = max(wanted_us - rewind, 0)
        expected = total_rate(known.paces.values()) * rewind / _SECOND_US
        return Ask(
            host=host,
            cursor=asked_us,
            resume_us=wanted_us,
            asked_us=asked_us,
            filling=filling,
            after=cursor,
            must_overlap=host != cursor.host
            and rewind < REWINDS_US[-1]
            and expected > _SEAM_EVENTS,
        )

    def came(self, ask: Ask, *, begins_us: int, mark_us: int) -> None:
        """Take note of how far a session has come, by its time; 0 where too little came to tell.

        Whoever closes again and again gets on all the same: less is asked for again than it sends.
        """
        if ask.resume_us is None:
            return
        since_us = ask.resume_us if ask.asked_us is None else ask.asked_us
        gained = max(mark_us - max(since_us, begins_us), 0)
        self._rewinds[ask.host] = min(REWIND_US, gained // _REWIND_SHARE)

    def was_good(self, host: str) -> None:
        """Take note that a host has sent what it was asked for; it is preferred now."""
        self.seats.was_good(host)
        self._late.clear()
        for other, rewind in self._rewinds.items():
            # How others' times are to this one's is to be found out again.
            self._rewinds[other] = min(rewind, REWIND_US)

    def was_late(self, host: str, floor: int | None) -> None:
        """Take note that a host does not go back far enough; `floor` is the `seq` it begins at."""
        self._late[host] = floor

    def was_elsewhere(self, host: str) -> None:
        """Take note that nothing was known of what was asked for again: more will be."""
        before = self._rewinds.get(host, REWIND_US)
        self._rewinds[host] = next((each for each in REWINDS_US if each > before), REWINDS_US[-1])

    def was_blocked(self, host: str, cursor: Cursor | None) -> None:
        """Take note that a frame cannot be read, and so nothing that comes after it."""
        if cursor is None:
            return
        before, at_us = self._blocks.get(host), cursor.time_us
        # What comes before the frame is read again each time: it is the same place, or nearly.
        if before is None or at_us > before.until_us + _SECOND_US:
            self._blocks[host] = _Block(at_us)
        else:
            self._blocks[host] = _Block(max(at_us, before.at_us), before.count + 1)

    def _skipped(self, host: str, wanted_us: int, now_us: int) -> Gap | None:
        block = self._blocks.get(host)
        # Once is no proof: asked again, a host may leave the frame out.
        if block is None or block.count == 1 or wanted_us >= block.until_us:
            return None
        gap = skipped_gap(host=host, from_us=wanted_us, until_us=block.until_us, now_us=now_us)
        return lost(gap, now_us)

    def _last_ask(self, host: str, wanted_us: int, filling: tuple[Gap, ...], *, is_v1: bool) -> Ask:
        """Return what is asked where nobody goes back so far: all there is, the rest is lost."""
        cursor, asked_us = self._late[host], None
        if cursor is None and is_v1:
            # It begins as early as it can by itself.
            cursor = asked_us = max(wanted_us - REWIND_US, 0)
        return Ask(
            host=host,
            cursor=cursor,
            resume_us=wanted_us,
            asked_us=asked_us,
            filling=filling,
            is_last=True,
        )
