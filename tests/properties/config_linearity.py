"""Operations at the same time: one order must explain all that came of them."""

from collections.abc import Sequence

import msgspec

from tests.properties.config_model import ConfigModel, Done, Outcome
from tests.properties.config_operations import Operation, Shred


class Run(msgspec.Struct, frozen=True):
    """One operation and what came of it; `asked_at` had been answered before it was begun."""

    operation: Operation
    outcome: Outcome
    asked_at: int


def take_in(model: ConfigModel, runs: Sequence[Run], now: int) -> None:
    """Apply what was done, in the order of the log, and fail where that explains an outcome not.

    Whatever has appended must have done what it does after all before it. What has appended
    nothing must be what would have come of it at some moment since it was begun.
    """
    writes = sorted(
        (run for run in runs if _first(run) is not None), key=lambda run: _first(run) or 0
    )
    others = [run for run in runs if _first(run) is None]

    unexplained = _not_yet_explained(model, others, now)
    for run in writes:
        assert run.operation.apply(model, now) == run.outcome, (run, model.facts)
        unexplained = _not_yet_explained(model, unexplained, now)
    assert not unexplained, (unexplained, model.facts, model.schemas.changes)


def _not_yet_explained(model: ConfigModel, runs: list[Run], now: int) -> list[Run]:
    return [
        run
        for run in runs
        if model.position < run.asked_at or run.operation.apply(model.fork(), now) != run.outcome
    ]


def _first(run: Run) -> int | None:
    """Return where the events of an operation begin, None where it has appended none."""
    outcome = run.outcome
    if not isinstance(outcome, Done) or not (outcome.entries or outcome.schemas):
        return None
    if outcome.entries:
        first = outcome.entries[0]
        # A value that was there is deleted by the event before.
        return first.position - (isinstance(run.operation, Shred) and first.version > 1)
    return outcome.position - len(outcome.schemas) + 1
