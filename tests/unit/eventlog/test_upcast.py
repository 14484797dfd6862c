import pytest

from tenantry.eventlog import EventTypes, RecordedEvent, UnknownEventType

TYPES = EventTypes(
    present=["things.added.v3", "things.removed.v1"],
    upcasters={
        "things.added.v1": lambda data: ("things.added.v2", data + b"2"),
        "things.added.v2": lambda data: ("things.added.v3", data + b"3"),
        "things.split.v1": lambda data: ("things.lost.v1", data),
    },
)


def event(type_: str) -> RecordedEvent:
    return RecordedEvent(7, "acme", "s", 3, type_, b"1", b"{}", 99)


def test_a_present_event_is_passed_through_as_it_is() -> None:
    present = event("things.removed.v1")
    assert TYPES.upcast(present) is present


def test_upcasters_chain_until_the_present_shape() -> None:
    assert TYPES.upcast(event("things.added.v2")).data == b"13"
    upcast = TYPES.upcast(event("things.added.v1"))
    assert (upcast.type, upcast.data) == ("things.added.v3", b"123")


def test_upcasting_changes_nothing_but_type_and_data() -> None:
    old = event("things.added.v1")
    new = TYPES.upcast(old)
    assert (
        new.position,
        new.tenant_id,
        new.stream,
        new.version,
        new.metadata,
        new.recorded_at,
    ) == (
        old.position,
        old.tenant_id,
        old.stream,
        old.version,
        old.metadata,
        old.recorded_at,
    )


@pytest.mark.parametrize("type_", ["things.added.v4", "", "things.split.v1"])
def test_an_unknown_type_is_told_with_its_position(type_: str) -> None:
    with pytest.raises(UnknownEventType, match=r"position 7 holds '.*', which this program"):
        TYPES.upcast(event(type_))


def test_a_page_keeps_its_order_and_its_present_events() -> None:
    page = [event("things.removed.v1"), event("things.added.v2"), event("things.added.v3")]
    upcast = TYPES.upcast_all(page)
    assert [e.type for e in upcast] == ["things.removed.v1", *["things.added.v3"] * 2]
    assert TYPES.upcast_all(page[::2]) == page[::2]


def test_the_types_of_two_features_are_known_together() -> None:
    others = EventTypes(
        present=["others.v2"], upcasters={"others.v1": lambda data: ("others.v2", data)}
    )
    both = TYPES | others
    assert both.upcast(event("others.v1")).type == "others.v2"
    assert both.upcast(event("things.added.v1")).type == "things.added.v3"
    with pytest.raises(UnknownEventType):
        others.upcast(event("things.added.v3"))
