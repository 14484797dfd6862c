import msgspec
import pytest

from tenantry.configs.service.frame import (
    encode_change,
    encode_snapshot_end,
    encode_start,
    frame_of,
)
from tenantry.configs.store import entry_of
from tenantry.eventlog import RecordedEvent
from tests.support.watching import events_in

AT = 1_705_314_600_000_001


def recorded(
    value: bytes, *, type_: str = "configs.value_set.v1", tenant: str = "acme"
) -> RecordedEvent:
    field = b"deleted_value" if "deleted" in type_ else b"value"
    data = b'{"config_name":"a","%b":%b,"old_value":null,"timestamp":"now"}' % (field, value)
    return RecordedEvent(17, tenant, "config-a", 3, type_, data, b"{}", AT)


def test_a_change_is_one_event_with_its_position_as_id() -> None:
    frame = frame_of(recorded(b'{"x": 1.50}'))

    assert frame is not None
    assert (frame.position, frame.tenant_id, frame.name) == (17, "acme", "a")
    assert frame.body == (
        b"id: 17\nevent: set\n"
        b'data: {"name":"a","value":{"x": 1.50},"version":3,"position":17,'
        b'"updated_at":"2024-01-15T10:30:00.000001Z","layer":"own"}\n\n'
    )


def test_a_deletion_has_no_value() -> None:
    frame = frame_of(recorded(b'"gone"', type_="configs.value_deleted.v1", tenant="global"))

    assert frame is not None
    (event,) = events_in(frame.body)
    assert (event.id, event.event, event.data["layer"]) == (17, "delete", "global")
    assert b"gone" not in frame.body


@pytest.mark.parametrize("value", [b'{"x":\n\r\n[1,\r2]}', b'"a\\nb\\r"', '"\u2028"'.encode()])
def test_no_line_break_of_a_value_ends_a_line_of_the_stream(value: bytes) -> None:
    frame = frame_of(recorded(value))

    assert frame is not None
    assert frame.body.count(b"\n") == 4
    assert b"\r" not in frame.body
    (event,) = events_in(frame.body)
    assert event.data["value"] == msgspec.json.decode(value)


def test_what_is_no_change_has_no_frame() -> None:
    assert frame_of(recorded(b"1", type_="tests.happened.v1")) is None


def test_marks_have_the_position_they_stand_for() -> None:
    start, end = events_in(encode_start(17) + encode_snapshot_end(18, 3))

    assert (start.id, start.event, start.data) == (17, "start", {"position": 17})
    assert (end.id, end.event, end.data) == (18, "snapshot", {"position": 18, "count": 3})


def test_an_entry_of_a_snapshot_has_no_id() -> None:
    frame = frame_of(recorded(b"1"))
    assert frame is not None

    entry = encode_change(entry_of(recorded(b"1")))
    assert frame.body == b"id: 17\n" + entry
