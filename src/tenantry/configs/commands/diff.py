"""`config diff`, and how differences are shown."""

from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from tenantry.configs.commands.address import CONFIGS, shown_value
from tenantry.configs.commands.reading import Own, Prefix, query_of
from tenantry.terminal import Column, ExitCode, Output, Terminal, command, stop_with

if TYPE_CHECKING:
    from tenantry.terminal.http import Http

Value = msgspec.Raw | msgspec.UnsetType

_ABSENT = "-"


class _Versions(msgspec.Struct):
    before: str | None
    after: str | None


class Difference(msgspec.Struct):
    """A setting that is not the same at two moments."""

    name: str
    versions: _Versions
    before: Value = msgspec.UNSET
    after: Value = msgspec.UNSET

    def reversed(self) -> "Difference":
        """Return the way back."""
        versions = _Versions(self.versions.after, self.versions.before)
        return Difference(self.name, versions, before=self.after, after=self.before)


def add_diff(config: typer.Typer) -> None:
    """Add `config diff`."""
    command(config, "diff")(_diff)


def _diff(
    terminal: Terminal,
    start: Annotated[
        str,
        typer.Argument(
            help="A timestamp with an offset, or a position of the log.",
            metavar="FROM",
            show_default=False,
        ),
    ],
    end: Annotated[
        str | None,
        typer.Argument(
            help="Another one; now where it is left out.", metavar="TO", show_default=False
        ),
    ] = None,
    *,
    prefix: Prefix = "",
    own: Own = False,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit with 2 where anything is different.")
    ] = False,
) -> None:
    """Print the settings that are not the same at two moments."""
    with terminal.http() as http:
        differences, _ = ask_differences(http, start=start, end=end, prefix=prefix, own=own)

    show_differences(terminal.output, differences)
    if differences and exit_code:
        raise stop_with(ExitCode.CHANGES_PENDING)


def ask_differences(
    http: "Http", *, start: str, end: str | None, prefix: str, own: bool
) -> tuple[list[Difference], int]:
    """Return what is different at the moments `start` and `end`, None for now; and its position."""
    params = {"from": start, **query_of(prefix=prefix, own=own)}
    if end is not None:
        params["to"] = end
    answer = http.send("GET", f"{CONFIGS}/diff", params=params)
    return answer.decode(list[Difference]), int(answer.headers["x-position"])


def show_differences(output: Output, differences: list[Difference]) -> None:
    """Print what `ask_differences` has got."""
    if output.wants_document:
        output.document(differences)
    elif differences:
        columns = [Column("NAME"), Column("BEFORE", is_wide=True), Column("AFTER", is_wide=True)]
        output.table(columns, map(_row, differences))
    else:
        output.message("nothing is different")


def _row(difference: Difference) -> tuple[str, str, str]:
    before, after = _shown(difference.before), _shown(difference.after)
    if before == after:
        # Two secrets, or the text 1 and the number: only all of it tells them apart.
        versions = difference.versions
        before = _whole(difference.before, versions.before)
        after = _whole(difference.after, versions.after)
    return difference.name, before, after


def _shown(value: Value) -> str:
    return _ABSENT if isinstance(value, msgspec.UnsetType) else shown_value(bytes(value))


def _whole(value: Value, version: str | None) -> str:
    if isinstance(value, msgspec.UnsetType):
        return _ABSENT
    return f"{bytes(value).decode()} (version {version})"
