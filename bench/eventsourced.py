"""The `eventsourcing` package doing the same work, its documented way: threads and recorders.

Recorder level is where its events are rows; the application level adds its mapper and its JSON
transcoder. Names as ids (`ORIGINATOR_ID_TYPE=text`) are what our streams have too, and faster there
than UUIDs. Everything else is as it comes.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
from eventsourcing.application import Application
from eventsourcing.persistence import ApplicationRecorder, Notification, StoredEvent
from eventsourcing.utils import get_topic

from bench import workload
from bench.workload import (
    STREAM_PREFIX,
    STREAMS_PER_WRITER,
    WARM_UP_SECONDS,
    content,
    setting_name,
)

NAME = "eventsourcing"
PAGE_EVENTS = 2_000
"""As many as a page of ours has."""
_INSERT_EVENTS = 100
"""Its pipeline on PostgreSQL waits for ever where one insert outgrows the socket's buffer."""

Work = Callable[[int, int], None]
"""Append the event of a round by a writer: called with both numbers."""


@dataclass(frozen=True)
class ValueSet:
    """The domain event, so that the mapper can make one of what is stored."""

    originator_id: str
    originator_version: int
    config_name: str
    value: str
    old_value: str
    timestamp: str
    metadata: dict[str, Any]


class Settings(Application[str]):
    """An application; everything it has, it inherits."""


TOPIC = get_topic(ValueSet)


def environment(url: str) -> dict[str, str]:
    """Return the variables that make it use `url`, which is as ours are."""
    if url.startswith("sqlite:///"):
        return {
            "PERSISTENCE_MODULE": "eventsourcing.sqlite",
            "SQLITE_DBNAME": url.removeprefix("sqlite:///"),
            "ORIGINATOR_ID_TYPE": "text",
        }
    named = urlsplit(url)
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": named.path.removeprefix("/"),
        "POSTGRES_HOST": parse_qs(named.query)["host"][0],
        "POSTGRES_USER": named.username or "",
        "POSTGRES_PASSWORD": "",
        "ORIGINATOR_ID_TYPE": "text",
    }


@contextmanager
def running_application(url: str) -> Iterator[Settings]:
    """Open the application on `url`."""
    application = Settings(env=environment(url))
    try:
        yield application
    finally:
        application.close()


def appends(url: str, writers: int, seconds: float) -> float:
    """Return the appends/s of so many threads at its recorder, each of one event."""
    contents = [content(setting_name(number), number) for number in range(256)]

    with running_application(url) as application:
        insert = application.recorder.insert_events

        def work(writer: int, number: int) -> None:
            insert(
                [
                    StoredEvent(
                        originator_id=f"{writer:04d}-{number % STREAMS_PER_WRITER}",
                        originator_version=number // STREAMS_PER_WRITER + 1,
                        topic=TOPIC,
                        state=contents[number % 256].state,
                    )
                ]
            )

        rate, done = _at_once(work, writers, seconds)
        assert application.recorder.max_notification_id() == done
        return rate


def saves(url: str, writers: int, seconds: float) -> float:
    """Return the domain events/s that so many threads save in its application."""
    with running_application(url) as application:

        def work(writer: int, number: int) -> None:
            name = f"{writer:04d}-{number % STREAMS_PER_WRITER}"
            application.save(
                ValueSet(
                    originator_id=name,
                    originator_version=number // STREAMS_PER_WRITER + 1,
                    config_name=name,
                    value=f"value {number}",
                    old_value=f"value {number - STREAMS_PER_WRITER}",
                    timestamp="2026-01-01T00:00:00.000000Z",
                    metadata={"aggregate_id": name, "actor": "root", "source": "http"},
                )
            )

        rate, done = _at_once(work, writers, seconds)
        assert application.recorder.max_notification_id() == done
        return rate


def fill(url: str, batches: list[list[tuple[str, int]]]) -> float:
    """Insert `batches` into an empty recorder and return the events/s."""
    with running_application(url) as application:
        started_at = time.perf_counter()
        for batch in batches:
            for at in range(0, len(batch), _INSERT_EVENTS):
                stored = [_stored(*pair) for pair in batch[at : at + _INSERT_EVENTS]]
                application.recorder.insert_events(stored)
        count = sum(len(batch) for batch in batches)
        return count / (time.perf_counter() - started_at)


def read_all(url: str) -> float:
    """Return the events/s of selecting all notifications, state left as bytes."""
    return _replay(url, lambda _, notifications: len(notifications))


def read_into_dict(url: str) -> float:
    """Return the events/s of decoding all into a dict of the latest value by originator."""
    state: dict[object, workload.ValueSet] = {}
    decoder = msgspec.json.Decoder(workload.ValueSet)

    def take(_: Settings, notifications: list[Notification]) -> int:
        for notification in notifications:
            state[notification.originator_id] = decoder.decode(notification.state)
        return len(notifications)

    return _replay(url, take)


def project(url: str) -> float:
    """Return the events/s of mapping all to domain events, the latest of each originator kept."""
    state: dict[str, object] = {}

    def take(application: Settings, notifications: list[Notification]) -> int:
        for notification in notifications:
            event = application.mapper.to_domain_event(notification)
            state[event.originator_id] = event
        return len(notifications)

    return _replay(url, take)


def durability(url: str) -> str:
    """Return what the database itself says, on a connection of its pool."""
    with running_application(url) as application:
        datastore: Any = getattr(application.factory, "datastore")  # noqa: B009 - each factory has its own kind
        if url.startswith("sqlite:///"):
            with datastore.transaction(commit=False) as cursor:
                cursor.execute("PRAGMA synchronous")
                return f"synchronous={cursor.fetchone()[0]}"
        with datastore.transaction(commit=False) as cursor:
            words = []
            for name in ("fsync", "synchronous_commit"):
                cursor.execute(f"SHOW {name}")
                words.append(f"{name}={cursor.fetchone()[name]}")
            return " ".join(words)


def pages(recorder: ApplicationRecorder) -> Iterator[list[Notification]]:
    """Yield all that is recorded, page by page."""
    position = 0
    while notifications := recorder.select_notifications(
        position, PAGE_EVENTS, inclusive_of_start=False
    ):
        yield list(notifications)
        position = notifications[-1].id


def _replay(url: str, take: Callable[[Settings, list[Notification]], int]) -> float:
    with running_application(url) as application:
        started_at = time.perf_counter()
        count = sum(take(application, page) for page in pages(application.recorder))
        seconds = time.perf_counter() - started_at
        assert count == application.recorder.max_notification_id()
        return count / seconds


def _stored(name: str, version: int) -> StoredEvent:
    return StoredEvent(
        originator_id=STREAM_PREFIX + name,
        originator_version=version,
        topic=TOPIC,
        state=content(name, version).state,
    )


def _at_once(work: Work, writers: int, seconds: float) -> tuple[float, int]:
    """Keep `writers` threads busy and return how many a second they did, and how many in all."""
    _, warmed_up = _burst(work, [0] * writers, WARM_UP_SECONDS)
    rate, done = _burst(work, warmed_up, seconds)
    return rate, sum(done)


def _burst(work: Work, counters: list[int], duration: float) -> tuple[float, list[int]]:
    counters = list(counters)
    before = sum(counters)
    errors: list[BaseException] = []
    started_at = time.perf_counter()
    until = started_at + duration

    def write(writer: int) -> None:
        try:
            while time.perf_counter() < until:
                work(writer, counters[writer])
                counters[writer] += 1
        except BaseException as error:
            errors.append(error)
            raise

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(len(counters))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return (sum(counters) - before) / (time.perf_counter() - started_at), counters
