"""`config watch`."""

import time
from collections.abc import Iterator
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from tenantry.configs.commands.address import CONFIGS, shown_value
from tenantry.configs.commands.reading import Prefix
from tenantry.terminal import Refused, Terminal, Unreachable, command, one_line

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from tenantry.terminal.http import Http

_PAUSE_SECONDS = 1.0
_SHOWN_CHARACTERS = 200
_IN_PROCESS = (
    "no server runs here: this command watches by itself, and others on this directory wait for it"
)


class _Change(msgspec.Struct):
    name: str
    updated_at: str
    version: int
    layer: str = "own"
    value: msgspec.Raw = msgspec.Raw(b"null")


def add_watching(config: typer.Typer) -> None:
    """Add `config watch`."""
    command(config, "watch")(_watch)


def _watch(
    terminal: Terminal,
    *,
    prefix: Prefix = "",
    after: Annotated[
        int | None,
        typer.Option(
            "--from",
            help="Begin with everything behind this position of the log.",
            metavar="POSITION",
            min=0,
            show_default=False,
        ),
    ] = None,
    snapshot: Annotated[
        bool, typer.Option("--snapshot", help="Begin with everything that is there.")
    ] = False,
) -> None:
    """Print every change of a setting as it happens, until Ctrl-C.

    With -o json each is one JSON document on a line of its own.
    """
    if snapshot and after is not None:
        raise typer.BadParameter("--from and --snapshot exclude each other")
    if terminal.output.form not in (None, "json"):
        raise typer.BadParameter("a watch prints lines: -o json, or nothing")

    following = _Following(terminal, prefix=prefix, after=after, is_snapshot_wanted=snapshot)
    try:
        following.run()
    except KeyboardInterrupt:
        # This is how it ends.
        return


class _Following:
    """One watch across connections: where it has come to, and where to go on."""

    def __init__(
        self, terminal: Terminal, *, prefix: str, after: int | None, is_snapshot_wanted: bool
    ) -> None:
        self._terminal = terminal
        given = {
            "prefix": prefix,
            "from": "" if after is None else str(after),
            "snapshot": "true" if is_snapshot_wanted else "",
        }
        self._params = {name: value for name, value in given.items() if value}
        self._last_id: str | None = None
        self._has_begun = False
        self._is_in_process = False

    def run(self) -> None:
        """Print for ever; what is wrong at the beginning is raised, what breaks off is resumed."""
        while True:
            try:
                with self._connect() as http:
                    self._follow(http)
            except (Unreachable, Refused) as error:
                if not self._has_begun or not _may_pass(error):
                    raise
                self._terminal.output.message(f"interrupted, trying again: {error.message}")
            time.sleep(_PAUSE_SECONDS)

    def _connect(self) -> "AbstractContextManager[Http]":
        # A server that was there may be starting again: its lock must not be taken meanwhile.
        if self._has_begun and not self._is_in_process:
            return self._terminal.http_of_server()
        return self._terminal.http()

    def _follow(self, http: "Http") -> None:
        if http.is_in_process and not self._is_in_process:
            self._is_in_process = True
            self._terminal.output.message(_IN_PROCESS)
        headers = {"Accept": "text/event-stream"}
        if self._last_id is not None:
            headers["Last-Event-ID"] = self._last_id

        with http.stream("GET", f"{CONFIGS}/watch", params=self._params, headers=headers) as answer:
            self._has_begun = True
            for event in _events(answer.lines()):
                if "event" in event:
                    self._print(event["event"].decode(), event["data"])
                if "id" in event:
                    self._last_id = event["id"].decode()

    def _print(self, event: str, data: bytes) -> None:
        output = self._terminal.output
        if output.wants_document:
            output.line(f'{{"event":"{event}",{data[1:].decode()}')
        elif event in ("set", "delete"):
            output.line(_shown(event, msgspec.json.decode(data, type=_Change)))


def _events(lines: Iterator[bytes]) -> Iterator[dict[str, bytes]]:
    """Yield the fields of each event, or the id alone of what is none; comments are passed over."""
    fields: dict[str, bytes] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(b":")
            fields[name.decode()] = value.removeprefix(b" ")
            continue
        if "event" in fields or "id" in fields:
            yield fields
        fields = {}


def _shown(event: str, change: _Change) -> str:
    name = change.name if change.layer == "own" else f"{change.layer}/{change.name}"
    told = f"{change.updated_at}  {event:6}  {one_line(name, width=_SHOWN_CHARACTERS)}"
    if event == "delete":
        return told
    return f"{told} = {one_line(shown_value(bytes(change.value)), width=_SHOWN_CHARACTERS)}"


def _may_pass(error: Unreachable | Refused) -> bool:
    """Whether the same request may succeed later, as after a restart of the server."""
    if isinstance(error, Unreachable):
        return True
    return error.status in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.UNAUTHORIZED)
