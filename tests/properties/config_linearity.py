"""Operations at the same time: one order must explain all that came of them."""

from collections.abc import Sequence

import msgspec

from tests.properties.config_model import ConfigModel, Done, Outcome, Refused
from tests.properties.config_operations import Operation

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
    writes = sorted(filter(_has_appended, runs), key=lambda run: _position(run.outcome))
    others = [run for run in runs if not _has_appended(run)]

    unexplained = _not_yet_explained(model, others, now)
    for run in writes:
        assert run.operation.apply(model, now) == run.outcome, (run, model.facts)
        unexplained = _not_yet_explained(model, unexplained, now)
    assert not unexplained, (unexplained, model.facts, model.schemas.changes)


def _not_yet_explained(model: ConfigModel, runs: list[Run], now: int) -> list[Run]:
    return [run for run in runs if model.position < run.asked_at or not _explains(model, run, now)]


def _explains(model: ConfigModel, run: Run, now: int) -> bool:
    if run.operation.apply(model.fork(), now) == run.outcome:
        return True
    # Whether a key belongs to another request is asked first, and that one may come later.
    if getattr(run.operation, "key", None) is None or run.outcome not in _ASKED_LATER:
        return False
    without_key = msgspec.structs.replace(run.operation, key=None)  # type: ignore[type-var] - all of them are structs
    return without_key.apply(model.fork(), now) == run.outcome


def _has_appended(run: Run) -> bool:
    return isinstance(run.outcome, Done) and bool(run.outcome.entries or run.outcome.schemas)


def _position(outcome: Outcome) -> int:
    assert isinstance(outcome, Done)
    return outcome.position
