"""The drift of a client as lines: each side of what is not everywhere the same, and whose it is."""

from collections.abc import Iterator
from typing import Any, Final

from msgspec import UNSET

from tenantry.clients.commands.values import shown
from tenantry.clients.model import Drift, DriftChange
from tenantry.terminal import Line, Piece

_MOST: Final = 40
_MEANINGS: Final = {
    "changed_live": "changed here",
    "changed_file": "changed in the file",
    "both": "changed here and in the file",
    "same": "changed alike",
}
_STYLES: Final = {"changed_live": "yellow", "changed_file": "cyan", "both": "bold red"}


def lines_of_drift(drift: Drift, *, is_full: bool) -> Iterator[Line]:
    """Yield what has drifted, most of it where it is not `is_full`; a client as it was is one line.

    What was changed alike on both sides is no drift.
    """
    changes = [change for change in drift.changes if change.kind != "same"]
    since = f"file of revision {drift.base_revision}" if drift.base_revision else "no file yet"
    where = Piece(f" ({since}, revision {drift.revision} now)", "dim")
    if not changes:
        yield (Piece(drift.key, "bold"), where, Piece(": no drift", "dim"))
        return

    yield (Piece(drift.key, "bold"), where)
    most = len(changes) if is_full else _MOST
    for change in changes[:most]:
        yield _line(change, is_full=is_full)
    if len(changes) > most:
        yield (Piece(f"  … and {len(changes) - most} more (--full shows them)", "dim"),)


def _line(change: DriftChange, *, is_full: bool) -> Line:
    by = f" by {change.owner}" if change.owner else ""
    base, live = _shown(change.base, is_full=is_full), _shown(change.live, is_full=is_full)
    is_another = live == base and change.kind != "changed_file"
    told = f"was {base}, is {'another ' if is_another else ''}{live}"
    if change.kind in ("changed_file", "both"):
        told += f", file {_shown(change.desired, is_full=is_full)}"
    return (
        Piece(f"  {change.path}", _STYLES.get(change.kind, "")),
        Piece(f" {_MEANINGS[change.kind]}{by}: {told}"),
    )


def _shown(value: Any, *, is_full: bool) -> str:
    return "(none)" if value is UNSET else shown(value, is_full=is_full)
