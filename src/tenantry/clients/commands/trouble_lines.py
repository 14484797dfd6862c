"""What stands in the way of a plan, what was not read, and what the linter says, as lines."""

from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import Final

from tenantry.clients.model import Finding, Guard, ItemError
from tenantry.terminal import Line, Piece

_MOST: Final = 10
_STYLES: Final = {"error": "red", "warning": "yellow"}


def lines_of_guards(guards: Sequence[Guard]) -> Iterator[Line]:
    """Yield why it is not applied as it is, and with which option it would be."""
    if guards:
        yield (Piece("  guards", "bold"),)
    for guard in guards:
        yield (Piece("    ! ", "bold red"), Piece(guard_text(guard)))


def guard_text(guard: Guard) -> str:
    """Return a guard, and the option that says that it is meant."""
    way = f"{guard.option} applies it all the same" if guard.option else "no option applies it"
    return f"{guard.code}: {guard.message} ({way})"


def lines_of_errors(errors: Sequence[ItemError]) -> Iterator[Line]:
    """Yield what is not done."""
    if errors:
        yield (Piece("  errors", "bold"),)
    for error in errors:
        yield (Piece("    ! ", "bold red"), Piece(error_text(error)))


def error_text(error: ItemError, *, origin: str = "") -> str:
    """Return an error behind its file and its JSON path."""
    file = error.file or origin
    name = PurePath(file).name
    if name and error.message.startswith(f"{name}:"):
        # It begins with the last part of the file, and perhaps a line.
        return f"{file}{error.message.removeprefix(name)}"
    where = " ".join(part for part in (file, error.path) if part)
    return f"{where}: {error.message}" if where else error.message


def lines_of_findings(findings: Sequence[Finding], *, is_full: bool) -> Iterator[Line]:
    """Yield what the linter says of the client, errors first."""
    if findings:
        yield (Piece("  findings", "bold"),)
    ordered = sorted(findings, key=lambda finding: finding.severity != "error")
    most = len(ordered) if is_full else _MOST
    for finding in ordered[:most]:
        yield (Piece("    "), *finding_pieces(finding))
    if len(ordered) > most:
        told = f"    … and {len(ordered) - most} more findings (--full shows them)"
        yield (Piece(told, "dim"),)


def finding_pieces(finding: Finding) -> Line:
    """Return a finding behind its severity and its code."""
    fix = f" (fix: {finding.fix})" if finding.fix else ""
    return (
        Piece(finding.severity, _STYLES[finding.severity]),
        Piece(f" {finding.code} {finding.path}: {finding.message}{fix}"),
    )
