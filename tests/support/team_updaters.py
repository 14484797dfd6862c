"""Updaters as a team might write them, most of them badly."""

import threading
from collections.abc import Callable
from typing import Any, ClassVar, Final

from tenantry.updater import BaseUpdater
from tenantry.updater.model import Batch, World
from tenantry.updater.rules import Run
from tests.support.living import customer, record
from tests.support.updater_app import Lived

SECRET: Final = "ann.smith@bank.com"


class TeamUpdater(BaseUpdater):
    """One that does what a test says."""

    name = "team_rows"
    schedule_key = "teamRows"
    cron = "0 0 * * * *"
    answer: ClassVar[Callable[[Run, World], Any]]

    def __init__(self, answer: Callable[[Run, World], Any]) -> None:
        self._answer = answer

    def generate_data(self, run: Run, world: World) -> Batch:
        """Return what the test says."""
        batch: Batch = self._answer(run, world)
        return batch


class Sleeper(TeamUpdater):
    """One that returns when it is let go."""

    def __init__(self) -> None:
        super().__init__(self._wait)
        self.begun = threading.Event()
        self.let_go = threading.Event()

    def _wait(self, *_: Any) -> Batch:
        self.begun.set()
        self.let_go.wait(60)
        return Batch()


def register(lived: Lived, updater: BaseUpdater) -> None:
    """Have an application know an updater."""
    lived.parts.executing._registry.register(updater)  # noqa: SLF001 - as a module of a team does


def raising(error: BaseException) -> Callable[[Run, World], Any]:
    """Return what raises, though with a row in its text."""

    def answer(*_: Any) -> Any:
        raise error

    return answer


def returning(make: Callable[[Run], Any]) -> Callable[[Run, World], Any]:
    """Return what makes something of a run."""
    return lambda run, _: make(run)


def lead(run: Run, **values: Any) -> Any:
    """Return a row of a run, which need not make sense."""
    given = {"run_id": run.slot.run_id, "created_at": run.slot.at, "updated_at": run.slot.at}
    return record("team-1", **given | values)


def buyer(run: Run, **values: Any) -> Any:
    """Return a customer of a run, which need not make sense."""
    given: dict[str, Any] = {"id_": "team-2", "run_id": run.slot.run_id}
    given |= {"created_at": run.slot.at, "updated_at": run.slot.at}
    return customer(**given | values)
