"""Further databases, for what goes from one to another."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.nodes import Journal, recorded_journal
from tests.support.postgres import Postgres


@pytest.fixture
def sqlite_url_of(tmp_path: Path) -> Callable[[str], str]:
    """Return the URL of a new SQLite file by its name."""
    return lambda name: f"sqlite:///{tmp_path / name}.db"


@pytest.fixture
def postgres_urls(postgres: Postgres) -> Iterator[Callable[[], str]]:
    """Return the URL of another empty PostgreSQL database at each call."""
    with ExitStack() as databases:
        yield lambda: databases.enter_context(postgres.fresh_database())


@pytest.fixture
def journal() -> Iterator[Journal]:
    """What is logged while the test runs."""
    with recorded_journal() as journal:
        yield journal
