"""The log suite: appends and replays, on both databases, beside the `eventsourcing` package."""

from collections.abc import Callable
from typing import Final

from bench import eventsourced, ours
from bench.figure import Figure, in_turn, series
from bench.plan import Plan
from bench.sides import Databases, Side, temporary_databases, two_sides
from bench.workload import histories

PEER: Final = eventsourced.NAME
APPEND_AIM: Final = 5.0
REPLAY_AIM: Final = 5.0
_APPLICATION_WRITERS: Final = 32
_REPLAY_SETTINGS: Final = 2_000

Tell = Callable[[str], None]
_SHOWN: Final = {"sqlite": "SQLite", "postgres": "PostgreSQL"}


def measure(plan: Plan, tell: Tell) -> list[Figure]:
    """Measure all of it, without PostgreSQL where that cannot be started."""
    figures: list[Figure] = []
    with temporary_databases() as databases, two_sides() as (us, them):
        for dialect in plan.dialects:
            if dialect == "postgres" and not databases.has_postgres(tell):
                continue
            suite = _Log(plan, dialect, databases=databases, us=us, them=them, tell=tell)
            suite.check_durability()
            figures += suite.appends()
            figures += suite.replays()
    return figures


class _Log:
    """The measurements on one kind of database."""

    def __init__(
        self, plan: Plan, dialect: str, *, databases: Databases, us: Side, them: Side, tell: Tell
    ) -> None:
        self._plan = plan
        self._dialect = dialect
        self._databases = databases
        self._us = us
        self._them = them
        self._tell = tell

    def check_durability(self) -> None:
        """Let both databases say when a commit is on the disk, and see that they agree."""
        with self._databases.pair(self._dialect) as (our_url, their_url):
            our_words = self._us.do(ours.durability, our_url)
            their_words = self._them.do(eventsourced.durability, their_url)

        self._tell(f"{self._name('durability')}: ours {our_words}, {PEER} {their_words}")
        assert our_words == their_words, "one side is more durable than the other"

    def appends(self) -> list[Figure]:
        """Appends of one event each, at the log and its recorder; then through the applications."""
        figures = [
            self._append(_writers(count), ours.appends, eventsourced.appends, count)
            for count in self._plan.writers
        ]
        application = f"stored by {_APPLICATION_WRITERS} writers, application level"
        figures.append(
            self._append(
                application, ours.puts, eventsourced.saves, _APPLICATION_WRITERS, aim_ratio=None
            )
        )
        return figures

    def replays(self) -> list[Figure]:
        """Reading one log of each side again and again."""
        batches = histories(self._plan.replay_events, _REPLAY_SETTINGS)
        with self._databases.pair(self._dialect) as (our_url, their_url):
            self._us.do(ours.fill, our_url, batches)
            self._them.do(eventsourced.fill, their_url, batches)
            urls = our_url, their_url
            return [
                self._replay("replay, as bytes", urls, ours.read_all, eventsourced.read_all),
                self._replay(
                    "replay, decoded into a dict",
                    urls,
                    ours.read_into_dict,
                    eventsourced.read_into_dict,
                ),
                self._replay(
                    "replay, application level",
                    urls,
                    ours.project,
                    eventsourced.project,
                    aim_ratio=None,
                ),
            ]

    def _append(
        self,
        name: str,
        our_work: Callable[[str, int, float], float],
        their_work: Callable[[str, int, float], float],
        writers: int,
        *,
        aim_ratio: float | None = APPEND_AIM,
    ) -> Figure:
        self._tell(self._name(name))
        seconds = self._plan.append_seconds

        def ours_once() -> float:
            with self._databases.pair(self._dialect) as (url, _):
                return self._us.do(our_work, url, writers, seconds)

        def theirs_once() -> float:
            with self._databases.pair(self._dialect) as (_, url):
                return self._them.do(their_work, url, writers, seconds)

        return self._figure(name, ours_once, theirs_once, aim_ratio)

    def _replay(
        self,
        name: str,
        urls: tuple[str, str],
        our_work: Callable[[str], float],
        their_work: Callable[[str], float],
        *,
        aim_ratio: float | None = REPLAY_AIM,
    ) -> Figure:
        self._tell(self._name(name))
        return self._figure(
            name,
            lambda: self._us.do(our_work, urls[0]),
            lambda: self._them.do(their_work, urls[1]),
            aim_ratio,
        )

    def _figure(
        self,
        name: str,
        ours_once: Callable[[], float],
        theirs_once: Callable[[], float],
        aim_ratio: float | None,
    ) -> Figure:
        our_rates, their_rates = in_turn(self._plan.rounds, ours_once, theirs_once)
        return Figure(
            suite="log",
            name=self._name(name),
            unit="events/s",
            ours=series(our_rates),
            theirs=series(their_rates),
            peer=PEER,
            aim_ratio=aim_ratio,
        )

    def _name(self, name: str) -> str:
        return f"{_SHOWN[self._dialect]}: {name}"


def _writers(count: int) -> str:
    return "append, one writer" if count == 1 else f"append, {count} writers at once"
