"""What a server refuses to do with clients: each with its reason, for people and for programs."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import msgspec

from tenantry.clients.commands.answers import Outcome, described
from tenantry.clients.commands.trouble_lines import error_text, guard_text
from tenantry.clients.model import Guard, ItemError, RevisionView
from tenantry.terminal import ExitCode, Refused, Terminal, stop_with

_INVALID: Final = "invalid_client"
_STALE: Final = "stale_plan"
_GUARDED: Final = "guarded"
_HINTS: Final = {_STALE: "look at it again with `tenantry clients plan`, and apply that"}


class Refusal(msgspec.Struct, kw_only=True):
    """One client that was refused."""

    key: str = ""
    file: str = ""
    errors: tuple[ItemError, ...] = ()
    guards: tuple[Guard, ...] = ()
    base_revision: int | None = None
    revision: int = 0
    since: tuple[RevisionView, ...] = ()
    command: str = ""

    def lines(self, *, origin: str = "") -> Iterator[str]:
        """Yield why, behind the client's key; `origin` is its file where the server names none."""
        for error in self.errors:
            told = error_text(error, origin=self.file or origin)
            yield f"{self.key}: {told}" if self.key else told
        for guard in self.guards:
            yield f"{self.key}: {guard_text(guard)}"
        if self.since or self.is_stale:
            yield f"{self.key}: {self._staleness}{', by' if self.since else ''}"
            yield from (f"  {_told(each)}" for each in self.since)
        if self.command:
            yield f"{self.key}: run {self.command}"

    def outcome(self, message: str, *, code: str, origin: str = "") -> Outcome:
        """Return it as what became of the client: nothing."""
        errors = list(self.errors)
        errors += [
            ItemError(
                error_type="validation_failed",
                code=guard.code,
                message=guard_text(guard),
                file=origin,
            )
            for guard in self.guards
        ]
        if not errors:
            told = self._staleness if code == _STALE else message
            stale = ItemError(error_type="update_failed", code=code, message=told, file=origin)
            errors = [stale]
        return Outcome(key=self.key, revision=self.revision, errors=tuple(errors))

    @property
    def is_stale(self) -> bool:
        """Whether it was planned on a revision that is not the present one."""
        return self.base_revision is not None and self.revision != self.base_revision

    @property
    def _staleness(self) -> str:
        return f"planned at revision {self.base_revision}, which is {self.revision} now"


class _Details(msgspec.Struct):
    clients: tuple[Refusal, ...] = ()


def refusals_of(error: Refused) -> Sequence[Refusal]:
    """Return which clients an error is about; none where it is about something else."""
    if error.code not in (_INVALID, _STALE, _GUARDED, "refused"):
        return ()
    try:
        return msgspec.convert(error.details or {}, _Details).clients
    except msgspec.ValidationError:
        # Of another server, or another version of it: the message has to do.
        return ()


@contextmanager
def told_by_client(terminal: Terminal) -> Iterator[None]:
    """Tell a refusal client by client: what is wrong, or has changed, or would be lost, each."""
    try:
        yield
    except Refused as error:
        refused = refusals_of(error)
        if not refused:
            raise
        terminal.output.error(
            error.message,
            code=error.code,
            hint=_HINTS.get(error.code),
            lines=[line for each in refused for line in each.lines()],
            details=error.details,
        )
        raise stop_with(ExitCode.ERROR) from error


def _told(revision: RevisionView) -> str:
    who = f"{revision.actor} ({revision.source}) at {revision.applied_at}"
    what = described(revision.counts)
    return f"revision {revision.revision} by {who}{f': {what}' if what else ''}"
