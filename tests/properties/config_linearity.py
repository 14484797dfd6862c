"""Operations at the same time: one order must explain all that came of them."""

from collections.abc import Iterator, Sequence

import msgspec

from tenantry.configs import GLOBAL_TENANT, ConfigCommand, SetConfigValue
from tests.properties.config_model import ConfigModel, Done, Outcome, Refused
from tests.properties.config_operations import One, Operation, PutSchema, Several
from tests.properties.config_rollbacks import RollBackOne, RollBackTree

_ASKED_LATER = (Refused("ConfigExposed"), Refused("ConfigSchemaViolated"))


class Run(msgspec.Struct, frozen=True):
    """One operation and what came of it; `asked_at` had been answered before it was begun."""

    operation: Operation
    outcome: Outcome
    asked_at: int


def take_in(model: ConfigModel, runs: Sequence[Run], now: int) -> None:
    """Apply what was done, in the order of the log, and fail where that does not explain it all.

    Whatever has appended must have done what it does after all before it. What has appended
    nothing must be what would have come of it at some moment since it was begun.
    """
    writes = _in_order([run for run in runs if _has_appended(run)])
    others = [run for run in runs if not _has_appended(run)]

    unexplained = _not_yet_explained(model, others, now)
    for run in writes:
        expected = run.operation.apply(model, now)
        assert expected == run.outcome, f"{_told(model, run)}\nnot {expected}"
        unexplained = _not_yet_explained(model, unexplained, now)
    assert not unexplained, _told(model, unexplained[0])


def _in_order(writes: list[Run]) -> list[Run]:
    """Sort what was done as the log has it.

    Who sets a schema that is there already is told where that was set, which may have been in the
    midst of a rollback; then it comes after all of that.
    """
    ends: dict[int, int] = {}
    for run in writes:
        if isinstance(run.operation, RollBackOne | RollBackTree):
            end = _position(run.outcome)
            ends |= dict.fromkeys(range(end - _event_count(run.outcome) + 1, end + 1), end)

    def place(run: Run) -> tuple[int, bool]:
        position = _position(run.outcome)
        return ends.get(position, position), isinstance(run.operation, PutSchema)

    return sorted(writes, key=place)


def _event_count(outcome: Outcome) -> int:
    assert isinstance(outcome, Done)
    return len(outcome.entries) + len(outcome.schemas)


def _not_yet_explained(model: ConfigModel, runs: list[Run], now: int) -> list[Run]:
    return [run for run in runs if model.position < run.asked_at or not _explains(model, run, now)]


def _explains(model: ConfigModel, run: Run, now: int) -> bool:
    return any(operation.apply(model.fork(), now) == run.outcome for operation in _variants(run))


def _variants(run: Run) -> Iterator[Operation]:
    """Yield the operation, and what it may be for one that is refused on more than one ground."""
    yield run.operation
    if isinstance(run.outcome, Done):
        return
    # Whether a key belongs to another request is asked first, and that one may come later.
    if run.outcome in _ASKED_LATER and isinstance(run.operation, One | Several):
        yield msgspec.structs.replace(run.operation, key=None)
    # Whether a name may become a secret is asked first, and another may have forced it.
    if isinstance(run.operation, Several):
        commands = tuple(map(_forced, run.operation.commands))
        yield msgspec.structs.replace(run.operation, commands=commands)
    if isinstance(run.operation, One):
        yield msgspec.structs.replace(run.operation, command=_forced(run.operation.command))


def _forced(command: ConfigCommand) -> ConfigCommand:
    if not isinstance(command, SetConfigValue):
        return command
    return msgspec.structs.replace(command, is_forced=True)


def _has_appended(run: Run) -> bool:
    return isinstance(run.outcome, Done) and bool(run.outcome.entries or run.outcome.schemas)


def _position(outcome: Outcome) -> int:
    assert isinstance(outcome, Done)
    return outcome.position


def _told(model: ConfigModel, run: Run) -> str:
    """Return what came of an operation, and all that has happened to its tenant."""
    tenants = {run.operation.tenant_id, GLOBAL_TENANT}
    happened: list[tuple[int, object]] = [
        (fact.entry.position, f"{fact.kind} {fact.entry} {fact.plain!r}")
        for fact in model.facts
        if fact.tenant_id in tenants
    ]
    happened += [
        (each.position, each) for each in model.schemas.changes if each.tenant_id in tenants
    ]
    lines = [f"{position} {what}" for position, what in sorted(happened, key=lambda one: one[0])]
    asked = f"{run.operation}, asked at {run.asked_at},\nended in {run.outcome} after\n"
    return asked + "\n".join(lines)
