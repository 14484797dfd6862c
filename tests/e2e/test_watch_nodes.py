"""Two server processes on one PostgreSQL: what one stores the other shows, in order and once."""

import itertools
import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from tenantry.sdk import ConfigClient
from tests.support.counts import soak_count
from tests.support.server import ServerProcess
from tests.support.waiting import wait_until

pytestmark = pytest.mark.postgres

WRITERS = 8
_LISTENERS = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND query ILIKE 'LISTEN%'
"""


@pytest.fixture
def nodes(tmp_path: Path, postgres_url: str) -> Iterator[list[ServerProcess]]:
    """Two nodes with data directories of their own."""
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    one, two = (ServerProcess(f, "--dev", "--database", postgres_url) for f in folders)
    with one, two:
        one.wait_until_ready()
        two.wait_until_ready()
        yield [one, two]


@contextmanager
def client_of(node: ServerProcess) -> Iterator[ConfigClient]:
    with ConfigClient(server=node.record.address) as client:
        yield client


def test_a_position_taken_to_another_node_is_waited_for(nodes: list[ServerProcess]) -> None:
    one, two = nodes
    with one.client() as here, two.client() as there:
        for n in range(soak_count(500)):
            stored = here.put("/config/name", json={"value": n})
            position = stored.headers["x-position"]
            read = there.get("/config/name", headers={"X-Position": position})
            assert (read.json(), read.headers["x-position"]) == (n, position)


@pytest.mark.soak
def test_no_watcher_of_either_node_misses_a_change_or_sees_one_twice(
    nodes: list[ServerProcess], postgres_url: str
) -> None:
    count = soak_count(10_000) // WRITERS * WRITERS
    seen: list[list[int]] = [[], []]
    is_over = threading.Event()

    def write(writer: int) -> None:
        with client_of(nodes[writer % 2]) as client:
            for n in range(count // WRITERS):
                client.put(f"w{writer}-{n % 7}", n)

    def watch(number: int) -> None:
        # It leaves after a while each time, and comes back to either node behind what it has seen.
        chance = random.Random(number)
        while len(seen[number]) < count:
            until = len(seen[number]) + chance.randint(1, 400)
            with client_of(nodes[chance.randint(0, 1)]) as client:
                position = seen[number][-1] if seen[number] else 0
                for event in client.watch(after=position):
                    seen[number].append(event.position)
                    if len(seen[number]) >= min(until, count):
                        break

    def disturb() -> None:
        with psycopg.connect(postgres_url, autocommit=True) as admin:
            while not is_over.wait(0.4):
                admin.execute(_LISTENERS)

    with ThreadPoolExecutor(WRITERS + 3) as threads:
        disturbing = threads.submit(disturb)
        watching = [threads.submit(watch, number) for number in range(2)]
        writing = [threads.submit(write, writer) for writer in range(WRITERS)]
        try:
            for work in (*writing, *watching):
                work.result(timeout=600)
        finally:
            is_over.set()
        disturbing.result()

    assert seen == [list(range(1, count + 1))] * 2


def test_two_nodes_agree_on_layers_changes_schemas_and_rollback(
    nodes: list[ServerProcess],
) -> None:
    one, two = nodes
    with one.client() as here, two.client() as there:
        beneath = {"X-Tenant-ID": "global"}
        here.put("/config/name", json={"value": 1}, headers=beneath)
        wait_until(lambda: there.get("/config/name").status_code == 200)
        assert there.get("/config/name").headers["etag"] == '"global:1"'

        # Each is decided on what the other has just done, which it may not have heard of yet.
        for schema, value in itertools.islice(
            itertools.cycle(
                [({"type": "integer"}, "text"), ({"type": "string"}, 7)],
            ),
            10,
        ):
            assert here.put("/config/n/schema", json=schema).status_code == 200
            refused = there.put("/config/n", json={"value": value})
            assert refused.status_code == 422
            assert here.delete("/config/n/schema").status_code == 200
            assert there.put("/config/n", json={"value": value}).status_code == 200
            assert there.delete("/config/n").status_code == 200

        changes = [{"op": "set", "name": name, "value": 1} for name in "ab"]
        done = there.post("/config", json={"changes": changes}).json()
        assert here.post("/config/rollback", json={"to": done["position"] - 2}).status_code == 200
        position = here.get("/config?layer=own").headers.get("x-position", "")
        assert position == ""
        wait_until(lambda: there.get("/config?layer=own").json() == [])
