"""The long logs of the start-up suite, kept in the temporary folder between runs."""

import hashlib
import shutil
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Final

import msgspec
import uvloop

import tenantry.db
from bench import eventsourced, ours, workload
from bench.plan import Plan
from bench.sides import Side, two_sides
from tenantry.base import SystemClock
from tenantry.configs import ConfigStateProjection
from tenantry.eventlog import ProjectionRunner, chain

_PREFIX: Final = "tenantry-bench-log-"


class SeededLogs(msgspec.Struct, frozen=True):
    """One log of each side with the same events; ours has a snapshot at its end."""

    data_dir: Path
    event_count: int
    live_count: int

    @property
    def our_url(self) -> str:
        """The URL of our log."""
        return f"sqlite:///{self.data_dir / 'tenantry.db'}"

    @property
    def their_url(self) -> str:
        """The URL of the peer's."""
        return f"sqlite:///{self.data_dir / 'eventsourcing.db'}"


def seeded_logs(plan: Plan, tell: Callable[[str], None]) -> SeededLogs:
    """Return the logs that `plan` wants, generated where no earlier run has left them."""
    root = Path(tempfile.gettempdir())
    folder = root / f"{_PREFIX}{plan.startup_events}-{_digest(plan)}"
    if not folder.exists():
        for stale in root.glob(f"{_PREFIX}{plan.startup_events}-*"):
            shutil.rmtree(stale)
        part = root / f"{folder.name}.part"
        part.mkdir()
        with two_sides() as (us, them):
            _generate(SeededLogs(part, plan.startup_events, plan.live_settings), us, them, tell)
        part.rename(folder)

    return SeededLogs(folder, plan.startup_events, plan.live_settings)


def _generate(logs: SeededLogs, us: Side, them: Side, tell: Callable[[str], None]) -> None:
    tell(f"generating a log of {logs.event_count:,} events, once")
    our_rate = us.do(_fill_ours, logs.our_url, logs.event_count, logs.live_count)
    tell(f"generated at {our_rate:,.0f} events/s; now the same for {eventsourced.NAME}")
    their_rate = them.do(_fill_theirs, logs.their_url, logs.event_count, logs.live_count)
    tell(f"generated at {their_rate:,.0f} events/s; now our snapshot")
    us.do(_snapshot, logs.our_url)


def _fill_ours(url: str, event_count: int, live_count: int) -> float:
    return ours.fill(url, workload.histories(event_count, live_count))


def _fill_theirs(url: str, event_count: int, live_count: int) -> float:
    return eventsourced.fill(url, workload.histories(event_count, live_count))


def _snapshot(url: str) -> None:
    uvloop.run(_save_snapshot(url))


async def _save_snapshot(url: str) -> None:
    async with ours.running_log(url) as log:
        runner = ProjectionRunner(log=log, projection=ConfigStateProjection(), clock=SystemClock())
        await runner.start()
        await runner.ready()
        # A runner that stops leaves a snapshot of where it was.
        await runner.stop()


def _digest(plan: Plan) -> str:
    """Return what the generated files depend on, in short."""
    counts = f"{plan.startup_events} {plan.live_settings} {ConfigStateProjection.state_version}"
    digest = hashlib.sha256(counts.encode())
    digest.update(version("eventsourcing").encode())
    sources = [Path(module.__file__ or "") for module in (workload, ours, eventsourced, chain)]
    migrations = Path(tenantry.db.__file__).parent / "migrations" / "sqlite"
    for path in [*sources, *sorted(migrations.glob("*.sql"))]:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
