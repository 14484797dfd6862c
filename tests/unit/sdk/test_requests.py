"""What every method sends, to the byte, and how it reads the answer."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from tenantry.sdk import (
    ABSENT,
    Changeset,
    ConfigCommand,
    ConfigDiff,
    ConfigEntry,
    DeleteConfigValue,
    Explanation,
    Invalid,
    NotFound,
    NotRestored,
    RejectedValue,
    SchemaChange,
    SchemaReport,
    SetConfigValue,
    Unreachable,
    Violation,
)
from tenantry.sdk.config_requests import ConfigRequests
from tenantry.sdk.model import AppliedChange, DiffVersions, LayerEntry
from tenantry.sdk.reply import Reply
from tenantry.sdk.request import Request

KEY = ("Idempotency-Key", "made-up-key")
JSON = ("Content-Type", "application/json")
NOON = datetime(2024, 1, 15, 12, tzinfo=UTC)
ENTRY_JSON = {
    "name": "theme",
    "value": {"primary": "blue"},
    "version": 3,
    "position": 57,
    "updated_at": "2024-01-15T12:00:00.000000Z",
    "layer": "own",
}
ENTRY = ConfigEntry(
    name="theme", value={"primary": "blue"}, version=3, position=57, updated_at=NOON
)

make = ConfigRequests(new_key=lambda: "made-up-key")


def answer(content: Any, **headers: str) -> Reply:
    return Reply(200, headers, json.dumps(content).encode())


def sent(request: Request[Any]) -> tuple[str, str, tuple[tuple[str, str], ...], bytes | None]:
    return request.method, request.target, request.headers, request.body


def test_get_reads_the_value() -> None:
    request = make.get("theme")

    assert sent(request) == ("GET", "/config/theme", (), None)
    assert request.is_repeatable
    assert request.read_reply(answer(ENTRY_JSON)) == {"primary": "blue"}


def test_entry_reads_all_about_it() -> None:
    request = make.entry("theme", layer="own")

    assert sent(request) == ("GET", "/config/theme?layer=own", (), None)
    assert request.read_reply(answer(ENTRY_JSON)) == ENTRY


def test_an_inherited_entry_says_so_in_its_token() -> None:
    entry = make.entry("theme").read_reply(answer({**ENTRY_JSON, "layer": "global"}))

    assert (ENTRY.token, entry.token) == ("3", "global:3")


@pytest.mark.parametrize(
    "moment, shown",
    [
        (57, "57"),
        ("2024-01-15T12:00:00+01:00", "2024-01-15T12%3A00%3A00%2B01%3A00"),
        (NOON, "2024-01-15T12%3A00%3A00Z"),
        (NOON.astimezone(timezone(timedelta(hours=2))), "2024-01-15T12%3A00%3A00Z"),
        (NOON.replace(microsecond=5), "2024-01-15T12%3A00%3A00.000005Z"),
    ],
)
def test_at_takes_a_position_or_a_time(moment: int | str | datetime, shown: str) -> None:
    assert sent(make.at("theme", moment))[1] == f"/config/theme?at={shown}"


def test_a_time_without_an_offset_is_refused_before_it_is_sent() -> None:
    with pytest.raises(Invalid, match="offset"):
        make.at("theme", NOON.replace(tzinfo=None))


@pytest.mark.parametrize(
    "name, segment",
    [
        ("a:b", "a%3Ab"),
        ("größe 🎉", "gr%C3%B6%C3%9Fe%20%F0%9F%8E%89"),
        ("%2E", "%252E"),
        ("a?b#c", "a%3Fb%23c"),
        (".", "%2E"),
        ("..", "%2E%2E"),
        ("...", "%2E%2E%2E"),
        (".a", ".a"),
    ],
)
def test_a_name_is_one_segment_of_the_path(name: str, segment: str) -> None:
    assert sent(make.get(name))[1] == f"/config/{segment}"


@pytest.mark.parametrize("name", ["", "watch", "diff", "schema", "\ud800"])
def test_a_name_that_would_be_another_route_is_refused_before_it_is_sent(name: str) -> None:
    with pytest.raises(Invalid) as refused:
        make.get(name)
    assert refused.value.code == "invalid_name"


def test_put_sends_the_value_with_a_key_of_its_own() -> None:
    request = make.put("theme", {"primary": "blue"})

    body = b'{"value":{"primary":"blue"}}'
    assert sent(request) == ("PUT", "/config/theme", (JSON, KEY), body)
    assert request.is_repeatable
    assert request.read_reply(answer(ENTRY_JSON)) == ENTRY


def test_put_states_its_condition() -> None:
    assert ("If-Match", '"3"') in make.put("a", 1, if_version=3).headers
    assert ("If-Match", '"global:3"') in make.put("a", 1, if_version="global:3").headers
    assert ("If-None-Match", "*") in make.put("a", 1, create_only=True).headers
    with pytest.raises(Invalid, match="one of them"):
        make.put("a", 1, if_version=3, create_only=True)
    with pytest.raises(Invalid, match="version"):
        make.put("a", 1, if_version='3", "4')


def test_put_seals_and_forces() -> None:
    assert make.put("a", "x", secret=True).body == b'{"value":"x","secret":true}'
    assert make.put("a", "x", secret=True, force=True).body == (
        b'{"value":"x","secret":true,"force":true}'
    )


def test_a_key_of_the_callers_own_is_sent() -> None:
    assert make.put("a", 1, idempotency_key="7f3a").headers[-1] == ("Idempotency-Key", "7f3a")
    with pytest.raises(Invalid, match="idempotency_key"):
        make.put("a", 1, idempotency_key="a\r\nX-Tenant-ID: other")


@pytest.mark.parametrize("value", [{1j}, object(), {"a": {object()}}])
def test_what_json_cannot_say_is_refused_before_it_is_sent(value: object) -> None:
    with pytest.raises(Invalid, match="JSON"):
        make.put("a", value)


def test_delete_returns_the_position() -> None:
    request = make.delete("theme", if_version=3)

    assert sent(request) == ("DELETE", "/config/theme", (("If-Match", '"3"'), KEY), None)
    assert request.is_repeatable
    assert request.read_reply(Reply(200, {"x-position": "58"}, b"OK")) == 58
    assert sent(make.delete("theme", shred=True))[1] == "/config/theme?shred=true"


def test_a_page_leads_to_the_next() -> None:
    request = make.page(prefix="app:", at=9, layer="own", cursor="YQ")
    link = {"link": '<https://elsewhere.example/config?cursor=Yg%3D%3D&limit=1>; rel="next"'}

    page = request.read_reply(answer([{"name": "a", "value": None}], **link))
    last = request.read_reply(answer([]))

    target = "/config?prefix=app%3A&limit=5000&cursor=YQ&at=9&layer=own"
    assert sent(request) == ("GET", target, (), None)
    assert (page.values, page.next_cursor) == ({"a": None}, "Yg==")
    assert (last.values, last.next_cursor) == ({}, None)


def test_history_reads_every_record() -> None:
    request = make.history("theme")
    record = {
        "event_type": "ConfigValueSet",
        "data": {"config_name": "theme", "value": 1, "old_value": None},
        "metadata": {"actor": "root"},
        "created_at": "2024-01-15T12:00:00.000000Z",
        "stream_version": 1,
        "position": 7,
    }

    (read,) = request.read_reply(answer([record]))

    assert sent(request) == ("GET", "/config/theme/history", (), None)
    assert (read.event_type, read.created_at, read.position) == ("ConfigValueSet", NOON, 7)
    assert read.data["value"] == 1


def test_change_sends_one_changeset_and_is_not_repeated_without_a_key() -> None:
    changes: list[ConfigCommand] = [
        SetConfigValue(name="a", value=None, expected_version=0),
        SetConfigValue(name="s", value="x", is_secret=True),
        DeleteConfigValue(name="b", expected_version="3"),
        DeleteConfigValue(name="c"),
    ]
    request = make.change(changes)

    assert sent(request) == (
        "POST",
        "/config",
        (JSON,),
        (
            b'{"changes":[{"op":"set","name":"a","value":null,"expected_version":0},'
            b'{"op":"set","name":"s","value":"x","secret":true},'
            b'{"op":"delete","name":"b","expected_version":"3"},{"op":"delete","name":"c"}]}'
        ),
    )
    assert not request.is_repeatable
    assert make.change(changes, idempotency_key="k").is_repeatable
    assert make.change(changes, idempotency_key="k").headers == (JSON, ("Idempotency-Key", "k"))


def test_a_changeset_says_what_it_has_done() -> None:
    done = {"name": "a", "op": "set", "version": 1, "position": 8}

    changeset = make.change([]).read_reply(answer({"position": 8, "changes": [done]}))

    applied = AppliedChange(name="a", op="set", version=1, position=8)
    assert changeset == Changeset(position=8, changes=(applied,))


def test_rollback_names_the_version() -> None:
    request = make.rollback("theme", 2)

    assert sent(request) == ("POST", "/config/theme/rollback", (JSON,), b'{"version":2}')
    assert not request.is_repeatable


def test_rollback_all_names_the_moment() -> None:
    assert sent(make.rollback_all(57)) == ("POST", "/config/rollback", (JSON,), b'{"to":57}')
    assert make.rollback_all(NOON, prefix="app:", expected_position=99).body == (
        b'{"to":"2024-01-15T12:00:00Z","prefix":"app:","expected_position":99}'
    )


def test_a_rollback_says_what_it_could_not_restore() -> None:
    content = {
        "position": 9,
        "changes": [],
        "schemas": [{"prefix": "app:", "op": "delete"}],
        "not_restored": [{"name": "key", "reason": "shredded"}],
    }

    assert make.rollback_all(1).read_reply(answer(content)) == Changeset(
        position=9,
        schemas=(SchemaChange(prefix="app:", op="delete"),),
        not_restored=(NotRestored(name="key", reason="shredded"),),
    )


def test_diff_tells_absent_from_null() -> None:
    request = make.diff(1, NOON, prefix="a", layer="own")
    content = [
        {"name": "a", "after": None, "versions": {"before": None, "after": "1"}},
        {"name": "b", "before": 1, "versions": {"before": "global:2", "after": None}},
    ]

    first, second = request.read_reply(answer(content))

    target = "/config/diff?from=1&to=2024-01-15T12%3A00%3A00Z&prefix=a&layer=own"
    assert sent(request) == ("GET", target, (), None)
    assert first == ConfigDiff(
        name="a", before=ABSENT, after=None, versions=DiffVersions(before=None, after="1")
    )
    assert (second.before, second.after, second.versions.before) == (1, ABSENT, "global:2")


def test_a_schema_is_of_a_name_or_of_a_prefix() -> None:
    schema = {"type": "string"}

    assert sent(make.get_schema("a")) == ("GET", "/config/a/schema", (), None)
    assert sent(make.get_schema(prefix="a b")) == ("GET", "/config/schema?prefix=a%20b", (), None)
    assert sent(make.get_schema(prefix=""))[1] == "/config/schema?prefix="
    assert sent(make.put_schema(schema, "a")) == (
        "PUT",
        "/config/a/schema",
        (JSON,),
        b'{"type":"string"}',
    )
    assert sent(make.delete_schema(prefix="a")) == (
        "DELETE",
        "/config/schema?prefix=a",
        (),
        None,
    )
    assert make.put_schema(schema, "a").is_repeatable
    assert not make.delete_schema("a").is_repeatable
    assert make.get_schema("a").read_reply(answer(schema)) == schema
    for name, prefix in (("a", "b"), (None, None)):
        with pytest.raises(Invalid, match="one of them"):
            make.get_schema(name, prefix=prefix)


def test_a_schema_can_be_tried() -> None:
    request = make.check_schema({"type": "string"}, prefix="a")
    rejected = {
        "tenant_id": "acme",
        "name": "a",
        "version": 1,
        "position": 4,
        "is_present": True,
        "violations": [{"pointer": "/x", "message": "is no string"}],
    }

    report = request.read_reply(
        answer({"checked": 9, "count": 1, "rejected": [rejected], "skipped": 2})
    )

    assert sent(request)[1] == "/config/schema?dry_run=true&prefix=a"
    assert sent(make.check_schema({}, "a"))[1] == "/config/a/schema?dry_run=true"
    violation = Violation(pointer="/x", message="is no string")
    assert report == SchemaReport(
        checked=9,
        count=1,
        rejected=(
            RejectedValue(
                tenant_id="acme",
                name="a",
                version=1,
                position=4,
                is_present=True,
                violations=(violation,),
            ),
        ),
        skipped=2,
    )


def test_explain_reads_every_layer() -> None:
    request = make.explain("theme")
    layers = [
        {
            "layer": "own",
            "version": 3,
            "position": 57,
            "updated_at": "2024-01-15T12:00:00Z",
            "actor": "root",
            "value": 1,
            "is_deleted": False,
        },
        {
            "layer": "global",
            "version": 2,
            "position": 4,
            "updated_at": "2024-01-15T12:00:00Z",
            "actor": None,
            "is_deleted": True,
        },
    ]

    found = request.read_reply(answer({**ENTRY_JSON, "layers": layers}))

    assert sent(request)[1] == "/config/theme?explain=true"
    assert isinstance(found, Explanation)
    assert found.token == "3"
    assert found.layers[1] == LayerEntry(
        layer="global", version=2, position=4, updated_at=NOON, value=ABSENT, is_deleted=True
    )


def test_wait_asks_for_another_version() -> None:
    request = make.wait("theme", version="global:3", seconds=1.5)

    target = "/config/theme?wait=1500ms&version=global%3A3"
    assert sent(request) == ("GET", target, (), None)
    assert request.wait_seconds == 1.5
    assert request.read_reply(answer(ENTRY_JSON)) == ENTRY
    assert request.read_reply(Reply(304, {}, b"")) is None
    with pytest.raises(NotFound):
        request.read_reply(Reply(404, {}, b"Not Found"))


def test_who_waits_for_the_first_version_learns_that_there_is_none() -> None:
    request = make.wait("theme", version=0, seconds=1)

    assert request.read_reply(Reply(404, {}, b"Not Found")) is None


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"\xff", b'{"name": "a"}', b"[" * 5000])
def test_an_answer_of_something_else_is_no_answer(body: bytes) -> None:
    with pytest.raises(Unreachable, match="not a Tenantry server's"):
        make.get("theme").read_reply(Reply(200, {}, body))
    with pytest.raises(Unreachable, match="not a Tenantry server's"):
        make.delete("theme").read_reply(Reply(200, {}, body))
