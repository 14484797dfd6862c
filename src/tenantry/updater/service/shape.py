"""The shape of what a team's updater returns: whether it is a batch at all, and fits in tables."""

from typing import Any, Final

from tenantry.base.errors import Invalid
from tenantry.updater.errors import UpdaterFailed
from tenantry.updater.model import ROW_TYPES, TABLES, Batch, Update
from tenantry.updater.rules import check_stored, check_types, is_id

MOST_CHANGES: Final = 20_000
"""So many rows and changes of rows may one run have."""
_FIXED: Final = frozenset({"id", "run_id", "created_by", "created_at", "ticket_number"})
"""What of a row is never another."""


def check_shape(updater: str, batch: Any, *, is_ours: bool) -> None:
    """Raise `UpdaterFailed` for what is no batch; of our own ones only that is asked.

    Nothing that is said of it quotes a value: it may be somebody's.
    """
    if not isinstance(batch, Batch) or not isinstance(batch.changes, (list, tuple)):
        raise UpdaterFailed(f"{updater}: got {_name(batch)}, wants a Batch of a list of changes")
    if len(batch.changes) > MOST_CHANGES:
        raise UpdaterFailed(
            f"{updater}: got {len(batch.changes)} changes in one run, wants at most {MOST_CHANGES}"
        )
    if is_ours:
        return
    for change in batch.changes:
        _check_change(updater, change)
    wrong = check_types(batch)
    if wrong:
        first = wrong[0]
        raise UpdaterFailed(
            f"{updater}: {first.table}: {len(wrong)} values are not of the type of their column, "
            "or of no column",
            details={"faults": [fault.code for fault in wrong[:20]]},
        )
    for change in batch.changes:
        _check_values(updater, change)


def _check_change(updater: str, change: Any) -> None:
    if type(change) is Update:
        is_right = (
            change.table in TABLES
            and type(change.values) is dict
            and _FIXED.isdisjoint(change.values)
        )
        row_id: Any = change.row_id
    else:
        is_right = type(change) in ROW_TYPES.values()
        row_id = change.id if is_right else ""
    if not is_right:
        raise UpdaterFailed(f"{updater}: got {_name(change)}, wants rows, or Updates of a table")
    if type(row_id) is not str or not is_id(row_id):
        raise UpdaterFailed(
            f"{updater}: {change.table}: an id that is none, wants 1 to 64 visible ASCII characters"
        )


def _check_values(updater: str, change: Any) -> None:
    names = change.values if type(change) is Update else change.__struct_fields__
    for name in names:
        value = change.values[name] if type(change) is Update else getattr(change, name)
        try:
            for each in value if isinstance(value, (tuple, list)) else (value,):
                check_stored(name, each)
        except Invalid as error:
            raise UpdaterFailed(
                f"{updater}: {change.table}.{name}: a value that no table keeps"
            ) from error


def _name(value: Any) -> str:
    return type(value).__name__[:64]
