"""Writing events: folded outside of the unit, settled against what is stored within it."""

from collections.abc import Sequence

import msgspec

from tenantry.collector import store
from tenantry.collector.model import (
    Account,
    Batch,
    CollectionFigures,
    Commit,
    Covered,
    Cursor,
    DeadFrame,
    Event,
    Gap,
    Identity,
    Pace,
    User,
)
from tenantry.collector.rules import Folded, fold, settle, user_figures, users_of
from tenantry.db import Transaction


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """Events as they are written: those of records folded, the others as what is known of users."""

    folded: Folded
    users: tuple[User, ...]
    told: tuple[Identity | Account, ...]
    syncs: int
    dead_frames: tuple[DeadFrame, ...]

    @property
    def count(self) -> int:
        """How many events these are."""
        return sum(self.folded.events.values()) + len(self.told) + self.syncs


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a stream has come with a batch: stored with it, or not at all."""

    cursor: Cursor | None = None
    is_other_host: bool = False
    """Whether the cursor takes the place of another host's."""
    covered: Covered | None = None
    joined: tuple[int, ...] = ()
    """The stretches that have become part of `covered`."""
    gaps: tuple[Gap, ...] = ()
    paces: tuple[Pace, ...] = ()


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a batch; `covered` and `gaps` have their ids."""

    figures: dict[str, CollectionFigures]
    covered: Covered | None
    gaps: tuple[Gap, ...]


def prepare(events: Sequence[Event], dead_frames: Sequence[DeadFrame] = ()) -> Prepared:
    """Return events as they are written: all that can be done before a unit begins."""
    commits = [event for event in events if type(event) is Commit]
    told: list[Identity | Account] = []
    if len(commits) < len(events):
        told = [event for event in events if isinstance(event, Identity | Account)]
    return Prepared(
        folded=fold(commits),
        users=users_of(told),
        told=tuple(told),
        syncs=len(events) - len(commits) - len(told),
        dead_frames=tuple(dead_frames),
    )


def write_events(
    tx: Transaction, tenant_id: str, prepared: Prepared, progress: Progress
) -> Written:
    """Store events, and how far that is, within one unit."""
    known = store.known_records(tx, tenant_id, prepared.folded.records)
    settled = settle(prepared.folded, known)
    figures = settled.figures | _other_figures(tx, tenant_id, prepared)
    batch = Batch(
        records=settled.records,
        known=known,
        engagement=settled.engagement,
        author_hours=settled.author_hours,
        figures=figures,
        users=prepared.users,
        cursor=progress.cursor,
        covered=progress.covered,
        paces=progress.paces,
        dead_frames=prepared.dead_frames,
    )
    covered = store.write_batch(tx, tenant_id, store.encode_batch(batch))
    if progress.cursor is not None and progress.is_other_host:
        store.forget_other_cursors(tx, tenant_id, progress.cursor)
    store.forget_covered(tx, tenant_id, progress.joined)
    gaps = tuple(store.keep_gap(tx, tenant_id, gap) for gap in progress.gaps)
    return Written(figures=figures, covered=covered, gaps=gaps)


def known_share(tx: Transaction, tenant_id: str, events: Sequence[Event]) -> float:
    """Return the share of records of `events` that are stored as they say, or as is later."""
    records = fold([event for event in events if type(event) is Commit]).records
    known = store.known_records(tx, tenant_id, records)
    count = sum(1 for key, each in known.items() if each.rev >= records[key].rev)
    return count / len(records) if records else 0.0


def _other_figures(
    tx: Transaction, tenant_id: str, prepared: Prepared
) -> dict[str, CollectionFigures]:
    """Return what comes of events that are about no record; of a `sync` nothing is stored."""
    figures: dict[str, CollectionFigures] = {}
    if prepared.told:
        known = store.known_users(tx, tenant_id, [user.did for user in prepared.users])
        figures = user_figures(prepared.told, known)
    if prepared.syncs:
        figures["sync"] = CollectionFigures(events=prepared.syncs)
    return figures
