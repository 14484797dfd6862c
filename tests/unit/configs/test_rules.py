from collections.abc import Sequence

import msgspec
import pytest

from tenantry.base.errors import TenantryError
from tenantry.configs import rules
from tenantry.configs.errors import (
    ConfigNameInvalid,
    ConfigValueInvalid,
    ConfigValueTooLarge,
)
from tenantry.configs.model import (
    NO_CONDITION,
    NO_VALUE,
    Condition,
    ConfigCommand,
    ConfigEntry,
    ConfigEvent,
    ConfigValueDeleted,
    ConfigValueSet,
    DeleteConfigValue,
    Rejected,
    SetConfigValue,
)

AT = "2024-01-15T10:30:00.000000Z"


def decide(current: ConfigEntry | None, command: ConfigCommand) -> ConfigEvent | Rejected:
    return rules.decide(current, command, timestamp=AT)


def replay(events: Sequence[ConfigEvent]) -> ConfigEntry | None:
    current: ConfigEntry | None = None
    for position, event in enumerate(events, 10):
        current = rules.evolve(
            current, event, tenant_id="acme", position=position, recorded_at=position
        )
    return current


def after(*commands: ConfigCommand) -> ConfigEntry | None:
    """Return the state that `commands` lead to, each decided on the one before."""
    events: list[ConfigEvent] = []
    for command in commands:
        decided = decide(replay(events), command)
        assert not isinstance(decided, Rejected)
        events.append(decided)
    return replay(events)


def setting(value: bytes, condition: Condition = NO_CONDITION) -> SetConfigValue:
    return SetConfigValue("name", value, condition)


def deleting(condition: Condition = NO_CONDITION) -> DeleteConfigValue:
    return DeleteConfigValue("name", condition)


def test_nothing_replays_to_nothing() -> None:
    assert replay([]) is None


def test_a_set_on_nothing_has_no_old_value_and_is_version_one() -> None:
    assert decide(None, setting(b'"v"')) == ConfigValueSet(
        config_name="name", value=msgspec.Raw(b'"v"'), old_value=NO_VALUE, timestamp=AT
    )
    assert after(setting(b'"v"')) == ConfigEntry("name", b'"v"', 1, 10, 10)


def test_an_update_records_the_old_value_and_counts_on() -> None:
    current = after(setting(b"1"))
    event = decide(current, setting(b"2"))
    assert isinstance(event, ConfigValueSet)
    assert bytes(event.old_value) == b"1"
    assert after(setting(b"1"), setting(b"2")) == ConfigEntry("name", b"2", 2, 11, 11)
    assert after(*[setting(b"%d" % n) for n in range(3)]) == ConfigEntry("name", b"2", 3, 12, 12)


def test_a_deletion_records_what_it_deletes_and_keeps_name_and_value() -> None:
    event = decide(after(setting(b"1")), deleting())
    assert event == ConfigValueDeleted(
        config_name="name", deleted_value=msgspec.Raw(b"1"), timestamp=AT
    )
    assert after(setting(b"1"), deleting()) == ConfigEntry("name", b"1", 2, 11, 11, is_deleted=True)


def test_a_set_on_a_deleted_one_resurrects_it_with_the_old_value() -> None:
    deleted = after(setting(b'"old"'), deleting())
    event = decide(deleted, setting(b'"new"'))
    assert isinstance(event, ConfigValueSet)
    assert bytes(event.old_value) == b'"old"'
    assert after(setting(b'"old"'), deleting(), setting(b'"new"')) == ConfigEntry(
        "name", b'"new"', 3, 12, 12
    )


def test_deleting_nothing_and_deleting_twice_are_two_refusals() -> None:
    assert decide(None, deleting()) == Rejected("absent", "0")
    assert decide(after(setting(b"1"), deleting()), deleting()) == Rejected("deleted", "0")


def test_six_events_replay_to_the_last() -> None:
    state = after(
        setting(b"1"), setting(b"2"), deleting(), setting(b"3"), setting(b"4"), setting(b"5")
    )
    assert state == ConfigEntry("name", b"5", 6, 15, 15)


def test_a_decision_changes_nothing() -> None:
    current = after(setting(b"1"))
    decide(current, setting(b"2"))
    decide(current, deleting())
    assert current == after(setting(b"1"))
    with pytest.raises(AttributeError):
        current.version = 7  # type: ignore[union-attr,misc]  # that is the point


CONDITIONS = {
    "none": (NO_CONDITION, True, True, True),
    "this version": (Condition(versions=frozenset({2})), False, True, False),
    "one of several": (Condition(versions=frozenset({1, 2})), False, True, False),
    "another version": (Condition(versions=frozenset({1})), False, False, False),
    "no version": (Condition(versions=frozenset()), False, False, False),
    "must exist": (Condition(must_exist=True), False, True, False),
    "must be absent": (Condition(must_be_absent=True), True, False, True),
    "both": (Condition(must_exist=True, must_be_absent=True), False, False, False),
}


@pytest.mark.parametrize("case", CONDITIONS)
def test_a_set_happens_only_where_its_condition_holds(case: str) -> None:
    condition, *holds = CONDITIONS[case]
    states = [None, after(setting(b"1"), setting(b"2")), after(setting(b"1"), deleting())]
    for state, does_hold in zip(states, holds, strict=True):
        decided = decide(state, setting(b"3", condition))
        present = state.version if state and not state.is_deleted else 0
        if does_hold:
            assert isinstance(decided, ConfigValueSet)
        else:
            assert decided == Rejected("stale", str(present))


def test_a_deletion_on_condition_that_nothing_is_there_is_refused() -> None:
    with pytest.raises(ConfigValueInvalid):
        rules.check_deletable(deleting(Condition(must_be_absent=True)))
    rules.check_deletable(deleting(Condition(must_exist=True)))


@pytest.mark.parametrize(
    "name",
    ["a", "a" * 512, "🚀" * 512, "key:with:colons", " ", "a b", "\u00a0", "\u2028", "é\u0301"],
)
def test_a_name_may_hold_anything_else(name: str) -> None:
    rules.check_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "a" * 513,
        "a/b",
        "/",
        "\n",
        "a\x00",
        "\x1f",
        "\x7f",
        "\x9f",
        "watch",
        "diff",
        "schema",
        "\ud800",
    ],
)
def test_a_name_may_not_be_that(name: str) -> None:
    with pytest.raises(ConfigNameInvalid) as caught:
        rules.check_name(name)
    assert caught.value.code == "invalid_name"


@pytest.mark.parametrize(
    "value, error",
    [
        (b'"' + b"a" * 1_000_000 + b'"', None),
        (b'"' + b"a" * 1_000_001 + b'"', ConfigValueTooLarge),
        (b'"' + "é".encode() * 1_000_000 + b'"', None),
        (b'"' + b"\\u00e9" * 1_000_000 + b'"', None),
        (b'"' + b"\\u00e9" * 1_000_001 + b'"', ConfigValueTooLarge),
        (b"[" + b" " * 999_998 + b"]", None),
        (b"[" + b" " * 999_999 + b"]", ConfigValueTooLarge),
        (b"[" * 200 + b"]" * 200, None),
        (b"[" * 201 + b"]" * 201, TenantryError),
        (b"1e308", None),
        (b"1e309", TenantryError),
        (b"NaN", TenantryError),
        (b"", TenantryError),
        (b'"\\ud800"', TenantryError),
        (b'"\xff"', TenantryError),
    ],
)
def test_a_value_is_json_of_at_most_a_million_characters(
    value: bytes, error: type[TenantryError] | None
) -> None:
    if error is None:
        rules.check_value(value)
        return
    with pytest.raises(error):
        rules.check_value(value)
