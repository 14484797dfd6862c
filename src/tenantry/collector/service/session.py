"""How far one session with a host has come, and what of the stream it has left out."""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec
from msgspec.structs import replace

from tenantry.collector.errors import HostBlind
from tenantry.collector.model import Commit, Covered, Cursor, Event, Gap, Pace, Wire
from tenantry.collector.rules import (
    Watermark,
    advance,
    beginning_us,
    blind_gap,
    closed,
    cut_off,
    grown,
    is_blind,
    is_filled_by,
    lost,
    merged,
    paces_after,
    quieted,
    stretch_of,
    too_old_gap,
    total_rate,
)
from tenantry.collector.service.writing import Progress, Written

_ENOUGH_TIMES: Final = 16


class Known(msgspec.Struct, kw_only=True):
    """What is stored of the stream, whoever it came from; kept in step with what is committed.

    `cursor` is that of the session before: what it had sent, and all that is before that, is
    stored. `filled` are the gaps of which something has come by now.
    """

    cursor: Cursor | None = None
    covered: list[Covered] = []
    gaps: dict[int, Gap] = {}
    paces: dict[str, Pace] = {}
    filled: set[int] = set()

    @property
    def open_gaps(self) -> list[Gap]:
        """The gaps that another host may fill."""
        return [gap for gap in self.gaps.values() if gap.state == "open"]


class Session:
    """One connection's way through the stream.

    `resume_us` is from where on the stream was wanted, without the seconds that are asked for
    again; None where it begins with what is new. `filling` are the gaps that this host is to fill.
    `has_other` says whether there is another host that may have what this one leaves out of a
    collection.
    """

    def __init__(
        self,
        known: Known,
        *,
        host: str,
        wire: Wire,
        resume_us: int | None,
        asked_us: int | None,
        filling: Sequence[Gap],
        has_other: Callable[[str], bool],
    ) -> None:
        self.host = host
        self.wire = wire
        self.mark = Watermark()
        self.begins_us = 0
        self.is_stored = False
        self._known = known
        self._resume_us = resume_us
        self._asked_us = asked_us
        self._has_other = has_other
        self._first: list[int] = []
        self._has_begun = False
        self._stretch: Covered | None = None
        # A `seq` rises as times should, and where it does not, the same caution helps.
        self._seq_mark = Watermark()
        self._since_us = asked_us or 0
        self._filling = {gap.id: gap for gap in filling}
        self._late_gaps: list[Gap] = []
        self._over: set[int] = set()
        # What this host has left out in a session before is one gap with what it leaves out now.
        self._blind = {
            gap.collection: gap
            for gap in known.open_gaps
            if gap.reason == "blind" and gap.host == host
        }

    @property
    def has_begun(self) -> bool:
        """Whether so much has come that it is known where the host begins."""
        return self._has_begun

    @property
    def _seq(self) -> int | None:
        return self._seq_mark.us or None

    def begins(self, events: Sequence[Event]) -> int | None:
        """Return where the host begins, by its first events; None where too few have come."""
        self._first += [event.time_us for event in events[:_ENOUGH_TIMES]]
        return beginning_us(self._first)

    def too_late(self, begins_us: int, *, now_us: int) -> Gap | None:
        """Return what is missing where the host begins later than was asked; None where nothing is.

        Whoever collects decides whether another host is asked.
        """
        if self._resume_us is None:
            return None
        return too_old_gap(
            host=self.host,
            cursor_us=self._resume_us,
            beginning_us=begins_us,
            rate=total_rate(self._known.paces.values()),
            now_us=now_us,
        )

    def begin(self, begins_us: int, late: Gap | None, *, now_us: int) -> None:
        """Begin the stretch that is covered; `late` is what lies before it and is lost."""
        self._has_begun = True
        self.begins_us = at = begins_us
        if late is not None:
            self._lose(late, now_us)
        elif self._resume_us is not None:
            at = min(self._resume_us, begins_us)
        # What came before is of no rate: the stream begins here.
        self._since_us = self._since_us or begins_us - 1
        cursor = Cursor(host=self.host, wire=self.wire, time_us=at)
        self._stretch = stretch_of(self._known.covered, cursor)

    def _lose(self, late: Gap, now_us: int) -> None:
        """Take what lies in `late` for lost: where gaps are filled, only what was missing there."""
        stored_us = 0 if self._known.cursor is None else self._known.cursor.time_us
        if late.until_us > stored_us or not self._filling:
            from_us = max(late.from_us, stored_us) if self._filling else late.from_us
            self._late_gaps.append(lost(replace(late, from_us=from_us), now_us))
        for gap in tuple(self._filling.values()):
            pieces = cut_off(gap, resume_us=late.from_us, beginning_us=late.until_us, now_us=now_us)
            self._late_gaps += pieces
            for piece in pieces:
                if piece.id == gap.id:
                    del self._filling[gap.id]
                    if piece.state == "open":
                        self._filling[gap.id] = piece

    def advance(self, events: Sequence[Event], *, now_us: int) -> Progress:
        """Return how far the stream is stored once `events`, the next ones, are."""
        if not events:
            return Progress()
        self.mark = advance(self.mark, [event.time_us for event in events])
        self._seq_mark = advance(
            self._seq_mark, [event.seq for event in events if event.seq is not None]
        )
        commits = [event for event in events if type(event) is Commit]
        for gap_id, gap in self._filling.items():
            if gap_id not in self._known.filled and is_filled_by(gap, commits):
                self._known.filled.add(gap_id)
        if self.mark.us == 0 or self._stretch is None:
            # Too little has come to say how far it goes; it is asked for again.
            return self._without_time()

        paces = paces_after(
            self._known.paces, commits, since_us=self._since_us, now_us=self.mark.us
        )
        self._since_us = max(self._since_us, self.mark.us)
        known = self._known.paces | paces
        gaps = [
            *self._late_gaps,
            *self._close_gaps(known, paces, now_us=now_us),
            *self._open_gaps(known, now_us),
        ]
        covered = grown(self._stretch, max(self.mark.us, self._stretch.from_us))
        joined, covered = self._join(covered)
        before = self._known.cursor
        return Progress(
            cursor=Cursor(host=self.host, wire=self.wire, time_us=self.mark.us, seq=self._seq),
            is_other_host=before is not None
            and (before.host, before.wire) != (self.host, self.wire),
            covered=covered,
            joined=joined,
            gaps=tuple(gaps),
            paces=tuple(paces.values()),
        )

    def gap_ids(self) -> set[int]:
        """Return the ids of the gaps that are known."""
        return set(self._known.gaps)

    def seen_again(self) -> set[str]:
        """Return the collections that come again, which had been left out."""
        return {gap.collection for gap in self._known.open_gaps if gap.id in self._over}

    def committed(self, progress: Progress, written: Written) -> None:
        """Take note that `progress` is stored; raises `HostBlind` where the host is to be left."""
        known = self._known
        self.is_stored = True
        if progress.cursor is not None:
            self._late_gaps.clear()
            known.cursor = progress.cursor
        if written.covered is not None:
            self._stretch = written.covered
            gone = {*progress.joined, written.covered.id}
            known.covered = [each for each in known.covered if each.id not in gone]
            known.covered.append(written.covered)
        known.paces |= {pace.collection: pace for pace in progress.paces}
        for gap in written.gaps:
            known.gaps[gap.id] = gap
            if gap.state != "open":
                self._filling.pop(gap.id, None)
                known.filled.discard(gap.id)
            elif gap.id in self._filling:
                self._filling[gap.id] = gap
            elif gap.reason == "blind" and gap.host == self.host and gap.id not in self._over:
                self._blind[gap.collection] = gap
        if missed := [name for name in sorted(self._blind) if self._has_other(name)]:
            raise HostBlind(self.host, missed[0])

    def _without_time(self) -> Progress:
        """Return the progress of a session that is too young to have a time; v2 has its `seq`."""
        before = self._known.cursor
        if self._seq is None or before is None or self._asked_us is not None:
            return Progress()
        if before.host != self.host:
            return Progress()
        return Progress(cursor=replace(before, seq=self._seq))

    def _close_gaps(
        self, known: dict[str, Pace], changed: dict[str, Pace], *, now_us: int
    ) -> list[Gap]:
        done = [gap for gap in self._filling.values() if gap.until_us <= self.mark.us]
        gaps = []
        for gap in done:
            was_filled = gap.id in self._known.filled
            gaps.append(closed(gap, by=self.host, was_filled=was_filled, now_us=now_us))
            if not was_filled and (pace := known.get(gap.collection)) is not None:
                # Here too it does not come: it is quiet, and its pace is learnt anew.
                changed[gap.collection] = quieted(pace, self.mark.us)
                known[gap.collection] = changed[gap.collection]
        return gaps

    def _open_gaps(self, known: dict[str, Pace], now_us: int) -> list[Gap]:
        """Return the gaps of collections that this host leaves out, new or grown."""
        filling = {gap.collection for gap in self._filling.values()}
        gaps = []
        for name, pace in known.items():
            before = self._blind.get(name)
            if before is not None:
                gaps.append(replace(before, until_us=max(before.until_us, self.mark.us)))
                if pace.last_us > before.from_us:
                    # It comes again; what was missing until now is missing still.
                    self._over.add(before.id)
                    del self._blind[name]
            elif name not in filling and is_blind(pace, self.mark.us):
                gaps.append(blind_gap(pace, host=self.host, until_us=self.mark.us, now_us=now_us))
        return gaps

    def _join(self, covered: Covered) -> tuple[tuple[int, ...], Covered]:
        """Return the stretches that `covered` has grown into, and what they are together."""
        same = [
            each
            for each in self._known.covered
            if each.id != covered.id and (each.host, each.wire) == (self.host, self.wire)
        ]
        for each in same:
            if covered.from_us <= each.from_us <= covered.until_us:
                (covered,) = merged((covered, replace(each, id=covered.id)))
        touched = [each.id for each in same if covered.from_us <= each.from_us <= covered.until_us]
        return tuple(touched), covered
