"""Both sides: a process for each, and empty databases of the same kind for each."""

import multiprocessing
import shutil
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TypeVar

from tests.support.postgres import Postgres

T = TypeVar("T")


class Side:
    """A process of its own, so that neither side's threads, settings or garbage are the other's."""

    def __init__(self, executor: ProcessPoolExecutor) -> None:
        self._executor = executor

    def do(self, work: Callable[..., T], *args: object) -> T:
        """Do `work` there and return what it returns."""
        return self._executor.submit(work, *args).result()


class Databases:
    """Empty databases: SQLite files in `folder`, or databases of a PostgreSQL server in it."""

    def __init__(self, folder: Path, resources: ExitStack) -> None:
        self._folder = folder
        self._resources = resources
        self._postgres: Postgres | None = None
        self._count = 0

    def start_postgres(self) -> None:
        """Start the server that the tests use too, with durability on; raises where it cannot."""
        postgres = Postgres(self._folder / "postgres")
        postgres.start()
        self._resources.callback(postgres.close)
        self._postgres = postgres

    def has_postgres(self, tell: Callable[[str], None]) -> bool:
        """Start it, or tell why it is not measured."""
        try:
            self.start_postgres()
        except Exception as error:  # noqa: BLE001 - whatever the reason is, it is told, and SQLite is measured
            tell(f"PostgreSQL cannot be started here, so it is not measured: {error!r}")
            return False
        return True

    @contextmanager
    def one(self, dialect: str) -> Iterator[tuple[str, Path]]:
        """Yield the URL of an empty database of a kind, and an empty folder."""
        with (
            self._fresh(dialect) as url,
            tempfile.TemporaryDirectory(dir=self._folder) as folder,
        ):
            yield url, Path(folder)

    @contextmanager
    def pair(self, dialect: str) -> Iterator[tuple[str, str]]:
        """Yield the URLs of two empty databases of a kind, ours and the peer's."""
        with self._fresh(dialect) as ours, self._fresh(dialect) as theirs:
            yield ours, theirs

    @contextmanager
    def _fresh(self, dialect: str) -> Iterator[str]:
        if dialect == "postgres":
            assert self._postgres is not None
            with self._postgres.fresh_database() as url:
                yield url
            return

        self._count += 1
        folder = self._folder / str(self._count)
        folder.mkdir()
        yield f"sqlite:///{folder / 'bench.db'}"
        shutil.rmtree(folder)


@contextmanager
def two_sides() -> Iterator[tuple[Side, Side]]:
    """Yield our process and the peer's."""
    context = multiprocessing.get_context("spawn")
    with (
        ProcessPoolExecutor(1, mp_context=context) as ours,
        ProcessPoolExecutor(1, mp_context=context) as theirs,
    ):
        yield Side(ours), Side(theirs)


@contextmanager
def temporary_databases() -> Iterator[Databases]:
    """Yield databases that are gone afterwards, all on the temporary folder's file system."""
    # The name is short, for the path of a Unix socket has to fit.
    with tempfile.TemporaryDirectory(prefix="tenantry-bench-") as folder, ExitStack() as resources:
        yield Databases(Path(folder), resources)
