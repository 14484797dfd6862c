"""What is covered and what is missing: how stretches grow, and what opens and closes a gap."""

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec.structs import replace

from tenantry.collector.model import ALL, Commit, Covered, Cursor, Gap, Ledger, Pace
from tenantry.collector.rules.pace import MISSED_EVENTS, SECOND_US

DAY_US: Final = 86_400 * SECOND_US
_UNSURE_US: Final = 60 * SECOND_US


def stretch_of(covered: Iterable[Covered], cursor: Cursor) -> Covered:
    """Return the stretch that a session goes on with which begins at `cursor`, or a new one.

    It goes on with one of the same host that reaches to there.
    """
    reaching = [
        each
        for each in covered
        if (each.host, each.wire) == (cursor.host, cursor.wire)
        and each.from_us <= cursor.time_us <= each.until_us
    ]
    if reaching:
        return max(reaching, key=lambda each: (each.until_us, each.id))
    at = cursor.time_us
    return Covered(host=cursor.host, wire=cursor.wire, from_us=at, until_us=at)


def grown(covered: Covered, until_us: int) -> Covered:
    """Return the stretch, now until `until_us`; it never shrinks."""
    return replace(covered, until_us=max(covered.until_us, until_us))


def merged(covered: Iterable[Covered]) -> tuple[Covered, ...]:
    """Return stretches with those of one host made one that touch; each keeps the first's id."""
    found: list[Covered] = []
    for each in sorted(covered, key=lambda one: (one.host, one.wire, one.from_us, one.id)):
        before = found[-1] if found else None
        same = before is not None and (before.host, before.wire) == (each.host, each.wire)
        if before is not None and same and each.from_us <= before.until_us:
            found[-1] = grown(before, each.until_us)
        else:
            found.append(each)
    return tuple(sorted(found, key=lambda one: (one.from_us, one.until_us, one.host, one.wire)))


def too_old_gap(
    *, host: str, cursor_us: int, beginning_us: int, rate: float, now_us: int
) -> Gap | None:
    """Return the gap where a host begins later than was asked; None where it does not.

    `cursor_us` is what is stored, without the few seconds that are asked for again. `rate` is that
    of all collections, 0 where nothing is known.
    """
    skipped = beginning_us - cursor_us
    if rate > 0:
        is_clamped = skipped / SECOND_US * rate > MISSED_EVENTS
    else:
        is_clamped = skipped > _UNSURE_US and now_us - cursor_us > DAY_US
    if not is_clamped:
        return None
    return Gap(
        host=host,
        from_us=cursor_us,
        until_us=beginning_us,
        reason="cursor_too_old",
        opened_at=now_us,
    )


def blind_gap(pace: Pace, *, host: str, until_us: int, now_us: int) -> Gap:
    """Return the gap of a collection that `host` leaves out, until `until_us` at least."""
    return Gap(
        collection=pace.collection,
        host=host,
        from_us=pace.last_us,
        until_us=max(until_us, pace.last_us),
        reason="blind",
        opened_at=now_us,
    )


def skipped_gap(*, host: str, from_us: int, until_us: int, now_us: int) -> Gap:
    """Return the gap where a host is asked for nothing, as it has a frame there that ends all."""
    return Gap(host=host, from_us=from_us, until_us=until_us, reason="skipped", opened_at=now_us)


def cut_off(gap: Gap, *, resume_us: int, beginning_us: int, now_us: int) -> tuple[Gap, ...]:
    """Return `gap` where the host that fills it begins later than was asked: a part is lost.

    What comes behind the beginning stays open, under the gap's id.
    """
    lost_from, lost_until = max(gap.from_us, resume_us), min(gap.until_us, beginning_us)
    if lost_from >= lost_until:
        return ()
    if lost_until == gap.until_us:
        return (lost(gap, now_us),)
    missing = replace(gap, id=0, from_us=lost_from, until_us=lost_until)
    return (lost(missing, now_us), replace(gap, from_us=lost_until))


def unfilled_from(gap: Gap, covered: Iterable[Covered], *, host: str) -> int:
    """Return from where on `host` has not sent what is missing in `gap`."""
    ends = [
        each.until_us
        for each in covered
        if each.host == host and each.from_us <= gap.from_us <= each.until_us
    ]
    return max(ends, default=gap.from_us)


def widened_gaps(
    before: Iterable[str], after: Iterable[str], *, host: str, from_us: int, now_us: int
) -> tuple[Gap, ...]:
    """Return the gaps of collections that were not asked for until now: what was is not fetched."""
    asked = tuple(before)
    return tuple(
        Gap(
            collection=each,
            host=host,
            from_us=min(from_us, now_us),
            until_us=now_us,
            reason="filter_widened",
            state="lost",
            opened_at=now_us,
            closed_at=now_us,
        )
        for each in sorted(set(after))
        if not any(_includes(pattern, each) for pattern in asked)
    )


def is_filled_by(gap: Gap, events: Iterable[Commit]) -> bool:
    """Whether any of `events`, which another host has sent, is what was missing in `gap`."""
    return any(
        _includes(gap.collection, each.collection) and gap.from_us < each.time_us <= gap.until_us
        for each in events
    )


def closed(gap: Gap, *, by: str, was_filled: bool, now_us: int) -> Gap:
    """Return `gap` as the host `by` leaves it, which has sent all that it has of that time."""
    state = "refilled" if was_filled else "quiet"
    return replace(gap, state=state, closed_at=now_us, closed_by=by)


def lost(gap: Gap, now_us: int) -> Gap:
    """Return `gap` as one that no host can fill."""
    return replace(gap, state="lost", closed_at=now_us)


def summarise(covered: Sequence[Covered], gaps: Iterable[Gap]) -> Ledger:
    """Return what is complete, from when until when, and what is missing in between.

    Where no host has covered a stretch and no gap tells of it, it is one that was skipped.
    """
    stretches = merged(covered)
    told = list(gaps)
    told += _skipped(stretches, [gap for gap in told if gap.collection == ALL])
    return Ledger(
        from_us=min((each.from_us for each in stretches), default=None),
        until_us=max((each.until_us for each in stretches), default=None),
        covered=stretches,
        gaps=tuple(sorted(told, key=lambda gap: (gap.from_us, gap.until_us, gap.id))),
    )


def _skipped(stretches: Sequence[Covered], told: Sequence[Gap]) -> Iterable[Gap]:
    known = [(each.from_us, each.until_us, each.host) for each in stretches]
    known += [(each.from_us, each.until_us, each.host) for each in told]
    until_us: int | None = None
    for from_us, end_us, host in sorted(known):
        if until_us is not None and from_us > until_us:
            yield Gap(
                host=host,
                from_us=until_us,
                until_us=from_us,
                reason="skipped",
                opened_at=from_us,
            )
        until_us = end_us if until_us is None else max(until_us, end_us)


def _includes(pattern: str, collection: str) -> bool:
    """Whether `pattern`, which is a collection, `p.*` or `*`, includes another or a collection."""
    return pattern in (ALL, collection) or (
        pattern.endswith(".*") and collection.startswith(pattern[:-1])
    )
