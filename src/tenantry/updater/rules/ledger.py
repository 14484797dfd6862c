"""What undoing runs does to rows: a function of which runs stand, and so of no order.

A row has the values it began with, and over them those of every run that stands. It is there where
the run that began it stands and all rows are there that it refers to. What a person has edited is
there as he left it, and so is what that refers to, whatever was undone.
"""

from collections.abc import Collection, Iterable
from typing import Final

import msgspec

from tenantry.updater.model import PARENTS, TABLES, Row, RowName
from tenantry.updater.model.undo import Delta, History, Kept, UndoPlan, row_from

_RANKS: Final = {table: rank for rank, table in enumerate(TABLES)}


class _Fate(msgspec.Struct, frozen=True, kw_only=True):
    """A row before and after the undo, as the runs that stand have it."""

    history: History
    before: Row | None
    after: Row | None
    was_begun: bool
    is_begun: bool
    is_touched: bool

    @property
    def name(self) -> RowName:
        return self.history.name

    @property
    def is_stored(self) -> bool:
        return self.history.stored is not None

    @property
    def is_undone(self) -> bool:
        """Whether the run that began it is one of those that are undone now."""
        return self.was_begun and not self.is_begun

    @property
    def is_edited(self) -> bool:
        """Whether a person has changed it, in whatever way."""
        stored = self.history.stored
        return stored is not None and (stored.edited_at is not None or stored.row != self.before)

    @property
    def is_lost(self) -> bool:
        """Whether it is gone and no undo took it: what a person has deleted stays so."""
        return not self.is_stored and self.was_begun and not self.history.is_removed

    @property
    def is_moved(self) -> bool:
        """Whether it refers to other rows afterwards."""
        return parents_of(self.before) != parents_of(self.after)

    @property
    def parents(self) -> tuple[RowName, ...]:
        """What it refers to where it is there afterwards."""
        stored = self.history.stored
        return parents_of(stored.row if stored is not None and self.is_edited else self.after)


class Undo:
    """The undoing of some runs: learns of rows until nothing is unknown that matters, then plans.

    Begin with what the runs touched. Then learn `unknown_parents`, and ask for the children of
    `unasked`, until there are none of both.
    """

    def __init__(self, run_ids: Collection[str]) -> None:
        self._run_ids = frozenset(run_ids)
        self._fates: dict[RowName, _Fate] = {}
        self._children: set[RowName] = set()
        self._asked: set[RowName] = set()

    def learn(self, histories: Iterable[History]) -> None:
        """Take note of rows."""
        for history in histories:
            self._fates[history.name] = self._fate(history)

    def unknown(self, names: Iterable[RowName]) -> set[RowName]:
        """Return those of some rows that it has not learnt of."""
        return set(names) - self._fates.keys()

    def unknown_parents(self) -> set[RowName]:
        """Return rows that must be known, since what refers to them may change or come back.

        And what those refer to, however far: a row that was kept because one hung on it that has
        moved away may be kept no longer.
        """
        unknown, known = set[RowName](), set[RowName]()
        open_ = [each for each in self._fates.values() if each.is_moved or not each.is_stored]
        while open_:
            fate = open_.pop()
            parents = {name for row in (fate.before, fate.after) for name in parents_of(row)}
            unknown |= self.unknown(parents)
            open_ += [self._fates[name] for name in (parents & self._fates.keys()) - known]
            known |= parents & self._fates.keys()
        return unknown

    def unasked(self) -> list[RowName]:
        """Return rows that may go and whose children have not been asked for; each only once."""
        found = [
            name
            for name, fate in self._fates.items()
            if name not in self._asked and fate.is_stored and self._may_go(fate)
        ]
        self._asked.update(found)
        return found

    def expect(self, children: Iterable[RowName]) -> set[RowName]:
        """Take note that these refer to what may go, and return those it has not learnt of."""
        found = set(children)
        self._children |= found
        return self.unknown(found)

    def plan(self) -> UndoPlan:
        """Return what becomes of the rows."""
        fates = [self._fates[name] for name in sorted(self._fates, key=_by_dependency)]
        needed = _needed(fates)
        is_there = dict[RowName, bool]()
        stood, stands = dict[RowName, bool](), dict[RowName, bool]()
        for fate in fates:
            name = fate.name
            stood[name] = fate.was_begun and _all(stood, parents_of(fate.before))
            stands[name] = fate.is_begun and _all(stands, parents_of(fate.after))
            is_there[name] = name in needed or (
                fate.is_begun and not fate.is_lost and _all(is_there, fate.parents)
            )

        goes = [each for each in fates if each.is_stored and not is_there[each.name]]
        stays = [each for each in fates if each.is_stored and is_there[each.name]]
        returns = [each for each in fates if not each.is_stored and is_there[each.name]]
        return UndoPlan(
            removed=tuple(each.name for each in goes if each.is_undone),
            removed_with=tuple(each.name for each in goes if not each.is_undone),
            restored=_changed(stays),
            returned=tuple(each.after for each in returns if each.after is not None),
            kept=tuple(
                Kept(name=each.name, reason="edited" if each.is_edited else "needed")
                for each in stays
                if (each.is_edited and each.is_touched)
                or each.is_undone
                or (each.name in needed and stood[each.name] and not stands[each.name])
            ),
            noted=tuple(each.name for each in goes if each.is_begun),
            forgotten=tuple(
                each.name
                for each in fates
                if each.history.is_removed and (is_there[each.name] or not each.is_begun)
            ),
        )

    def _fate(self, history: History) -> _Fate:
        return _Fate(
            history=history,
            before=fold(history),
            after=fold(history, self._run_ids),
            was_begun=is_begun(history),
            is_begun=is_begun(history, self._run_ids),
            is_touched=any(delta.run_id in self._run_ids for delta in history.deltas),
        )

    def _may_go(self, fate: _Fate) -> bool:
        return not fate.is_begun or fate.is_moved or fate.name in self._children


def fold(history: History, undone: Collection[str] = ()) -> Row | None:
    """Return the row as the runs have made it that stand, these being undone as well.

    It does not matter to its values whether the run that began it stands. None where none did.
    """
    values = dict[str, object]()
    for delta in history.deltas:
        if delta.is_begun and (not values or _stands(delta, undone)):
            values = dict(delta.values)
        elif _stands(delta, undone) and values:
            values |= delta.values
    return row_from(history.name.table, values) if values else None


def is_begun(history: History, undone: Collection[str] = ()) -> bool:
    """Whether a run stands that began the row, these being undone as well."""
    return any(delta.is_begun and _stands(delta, undone) for delta in history.deltas)


def parents_of(row: Row | None) -> tuple[RowName, ...]:
    """Return the rows that a row refers to."""
    if row is None:
        return ()
    return tuple(
        RowName(table, parent_id)
        for column, table in PARENTS[row.table].items()
        if (parent_id := getattr(row, column)) is not None
    )


def _needed(fates: list[_Fate]) -> set[RowName]:
    """Return what a person has edited, and all that it refers to."""
    needed = set[RowName]()
    for fate in reversed(fates):
        if fate.is_edited or fate.name in needed:
            needed.add(fate.name)
            needed.update(fate.parents)
    return needed


def _all(of: dict[RowName, bool], names: Iterable[RowName]) -> bool:
    """Whether it is so of all; of what is not known it is, since nothing becomes of it."""
    return all(of.get(name, True) for name in names)


def _stands(delta: Delta, undone: Collection[str]) -> bool:
    return not delta.is_undone and delta.run_id not in undone


def _changed(fates: Iterable[_Fate]) -> tuple[Row, ...]:
    """Return those that are other rows afterwards."""
    return tuple(
        each.after
        for each in fates
        if each.after is not None and not each.is_edited and each.before != each.after
    )


def _by_dependency(name: RowName) -> tuple[int, str]:
    return _RANKS[name.table], name.id
