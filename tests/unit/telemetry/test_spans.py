import asyncio
from collections.abc import Iterator

import pytest

from tenantry.telemetry import EventRecord, SpanRecord, bind, emit, span, subscribe
from tenantry.telemetry.spans import handler_failure_count


@pytest.fixture
def records() -> Iterator[list[SpanRecord | EventRecord]]:
    heard: list[SpanRecord | EventRecord] = []
    unsubscribe = subscribe(heard.append)
    yield heard
    unsubscribe()


def test_a_span_tells_its_name_duration_attributes_and_context(
    records: list[SpanRecord | EventRecord],
) -> None:
    with bind(correlation_id="c"), span("tenantry.x.do", tenant_id="acme") as s:
        s.set(count=3)

    (record,) = records
    assert isinstance(record, SpanRecord)
    assert record.name == "tenantry.x.do"
    assert record.attributes == {"tenant_id": "acme", "count": 3}
    assert record.duration_seconds >= 0
    assert record.error is None
    assert record.context.correlation_id == "c"


def test_a_span_that_fails_tells_the_error_and_lets_it_pass(
    records: list[SpanRecord | EventRecord],
) -> None:
    error = ValueError("no")
    with pytest.raises(ValueError, match="no"), span("tenantry.x.do"):
        raise error

    (record,) = records
    assert isinstance(record, SpanRecord)
    assert record.error is error


def test_a_record_cannot_be_changed(records: list[SpanRecord | EventRecord]) -> None:
    with span("tenantry.x.do"):
        pass
    with pytest.raises(AttributeError):
        records[0].name = "other"  # type: ignore[misc]  # that is the promise


def test_an_event_is_told_at_once(records: list[SpanRecord | EventRecord]) -> None:
    emit("tenantry.x.happened", name="its own attribute", count=1)

    (record,) = records
    assert isinstance(record, EventRecord)
    assert record.attributes == {"name": "its own attribute", "count": 1}


async def test_spans_of_concurrent_tasks_do_not_mix(
    records: list[SpanRecord | EventRecord],
) -> None:
    async def task(number: int) -> None:
        with bind(tenant_id=str(number)), span("tenantry.x.do", number=number):
            await asyncio.sleep(0)

    await asyncio.gather(*(task(number) for number in range(5)))

    told = {(record.context.tenant_id, record.attributes["number"]) for record in records}
    assert told == {(str(number), number) for number in range(5)}


def test_a_failing_subscriber_is_counted_and_harms_neither_the_work_nor_the_others() -> None:
    def fail(_: SpanRecord | EventRecord) -> None:
        raise RuntimeError

    heard: list[SpanRecord | EventRecord] = []
    before = handler_failure_count()
    ends = [subscribe(fail), subscribe(heard.append)]
    with span("tenantry.x.do"):
        emit("tenantry.x.happened")
    for end in ends:
        end()

    assert handler_failure_count() == before + 2
    assert [record.name for record in heard] == ["tenantry.x.happened", "tenantry.x.do"]


def test_who_has_unsubscribed_hears_nothing_more_and_may_do_so_twice() -> None:
    heard: list[SpanRecord | EventRecord] = []
    first, second = subscribe(heard.append), subscribe(heard.append)
    first()
    first()
    emit("tenantry.x.happened")
    second()
    emit("tenantry.x.happened")

    assert len(heard) == 1
