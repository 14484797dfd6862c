from typing import Any

import msgspec
import pytest

from tenantry.telemetry.context import Context
from tenantry.telemetry.render import Entry, json_renderer, pretty_renderer, text_renderer

INSTANT_NS = 1_705_314_600_000_001_999  # 2024-01-15T10:30:00.000001Z and a rest


class Unprintable:
    def __str__(self) -> str:
        raise RuntimeError


def entry(
    event: str,
    *,
    level: str = "info",
    logger: str | None = None,
    context: Context | None = None,
    **fields: Any,
) -> Entry:
    return (INSTANT_NS, level, event, fields, logger, context or Context())


def as_json(*entries: Entry) -> list[dict[str, Any]]:
    rendered = json_renderer()(entries)
    assert rendered.endswith(b"\n")
    return [msgspec.json.decode(line) for line in rendered.splitlines()]


def as_text(*entries: Entry) -> list[str]:
    return text_renderer()(entries).decode().splitlines()


def test_a_json_line_has_its_fields_in_order() -> None:
    context = Context(correlation_id="c1", tenant_id="acme")
    (line,) = as_json(entry("done", logger="tenantry.x", context=context, count=3))

    assert list(line.items()) == [
        ("timestamp", "2024-01-15T10:30:00.000001Z"),
        ("level", "info"),
        ("event", "done"),
        ("logger", "tenantry.x"),
        ("correlation_id", "c1"),
        ("tenant_id", "acme"),
        ("count", 3),
    ]


def test_what_nobody_has_bound_is_left_out() -> None:
    (line,) = as_json(entry("done"))
    assert list(line) == ["timestamp", "level", "event"]


def test_a_field_given_goes_before_the_context() -> None:
    (line,) = as_json(entry("done", context=Context(tenant_id="acme"), tenant_id="global"))
    assert line["tenant_id"] == "global"


def test_a_field_cannot_replace_the_time_level_or_event() -> None:
    fields: dict[str, Any] = {"event": "forged", "level": "debug", "timestamp": 0}
    (line,) = as_json((INSTANT_NS, "info", "true", fields, None, Context()))

    assert (line["event"], line["level"]) == ("true", "info")
    assert line["timestamp"] == "2024-01-15T10:30:00.000001Z"
    assert (line["field_event"], line["field_level"]) == ("forged", "debug")


@pytest.mark.parametrize("event", ['PUT /config/my_config - Setting value: "my_value"', "🚀 你好"])
def test_the_event_is_kept_word_for_word(event: str) -> None:
    assert as_json(entry(event))[0]["event"] == event
    assert as_text(entry(event)) == [f"2024-01-15T10:30:00.000001Z [info] {event}"]


def test_a_text_line_shows_fields_as_name_and_value() -> None:
    assert as_text(entry("done", name='a "b" \\', count=3, ratio=0.5, flag=True, none=None)) == [
        (
            "2024-01-15T10:30:00.000001Z [info] done"
            ' name="a \\"b\\" \\\\" count=3 ratio=0.5 flag=true none=null'
        )
    ]


def test_a_clients_text_can_neither_begin_a_line_nor_drive_a_terminal() -> None:
    hostile = "x\n2024 [info] forged\x1b[2J\r\u2028"
    expected = "x\\n2024 [info] forged\\x1b[2J\\r\\u2028"

    for render in (text_renderer(), pretty_renderer()):
        rendered = render([entry(hostile, field=hostile)]).decode()
        assert rendered.count("\n") == 1
        assert f"] {expected}" in rendered
        assert "\x1b[2J" not in rendered
    assert json_renderer()([entry(hostile, field=hostile)]).count(b"\n") == 1


def test_secrets_and_addresses_are_masked_in_every_format() -> None:
    line = entry("mail to bob@example.com", password="hunter2", nested={"token": "hunter2"})

    for render in (json_renderer(), text_renderer(), pretty_renderer()):
        rendered = render([line]).decode()
        assert "mail to b***@example.com" in rendered
        assert "hunter2" not in rendered
        assert "[redacted]" in rendered


def test_one_line_that_cannot_be_encoded_does_not_cost_the_others() -> None:
    lines = as_json(entry("a"), entry("lone \ud800", big=10**400), entry("b"))
    assert [line["event"] for line in lines] == ["a", "lone \\ud800", "b"]
    assert len(as_text(entry("a"), entry("lone \ud800", big=10**400), entry("b"))) == 3


def test_a_value_that_cannot_be_shown_costs_only_itself() -> None:
    (line,) = as_json(entry("done", bad=Unprintable()))
    assert (line["event"], line["render_error"]) == ("done", "RuntimeError")


def test_a_traceback_is_readable_on_a_terminal_and_one_line_elsewhere() -> None:
    line = entry("failed", level="error", exception="Traceback:\n  File x\nValueError")

    assert pretty_renderer()([line]).decode().splitlines()[1:] == [
        "  Traceback:",
        "    File x",
        "  ValueError",
    ]
    assert len(as_text(line)) == 1
