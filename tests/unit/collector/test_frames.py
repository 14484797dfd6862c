"""Frames of both wires: what they say, and why some say nothing."""

from typing import Any

import pytest

from tenantry.collector.model import (
    LIKES,
    Account,
    Commit,
    DeadLetter,
    Identity,
    Notice,
    Parsed,
    Refusal,
    Sync,
)
from tenantry.collector.rules import REASONS, parse_v1, parse_v2, wire_of
from tests.support.jetstream_frames import (
    ANNA,
    CID,
    NOON_US,
    REV,
    RKEY,
    V2,
    frame,
    like,
    told,
    upstream,
    v1,
    v2,
)

RELAY_US = NOON_US - 500_000


def reason_of(parsed: Parsed) -> str:
    assert isinstance(parsed, DeadLetter), parsed
    assert parsed.reason in REASONS
    assert parsed.size == len(parsed.frame)
    return parsed.reason


def test_a_commit_is_the_same_from_either_wire() -> None:
    record = frame(like())
    expected = Commit(ANNA, NOON_US, "create", LIKES, RKEY, REV, CID, record)

    assert parse_v1(frame(v1())) == expected
    assert parse_v2(frame(v2())) == Commit(
        ANNA, NOON_US, "create", LIKES, RKEY, REV, CID, record, 77
    )


def test_the_record_is_kept_to_the_byte() -> None:
    record = b'{ "b" : 1.50, "a": "\\u0000\\u00e9" , "n": 1e400 }'
    line = frame(v1(commit=told(record="HERE"))).replace(b'"HERE"', record)

    parsed = parse_v1(line)

    assert isinstance(parsed, Commit)
    assert parsed.record == record


@pytest.mark.parametrize("record", [{}, {"record": None}, {"record": like()}])
def test_a_deletion_has_no_record(record: dict[str, Any]) -> None:
    deletion = told(operation="delete") | {"record": None} | record

    parsed = parse_v1(frame(v1(commit=deletion)))

    assert isinstance(parsed, Commit)
    assert (parsed.operation, parsed.record, parsed.cid) == ("delete", None, None)


def test_what_a_relay_says_of_a_user_has_the_relays_time() -> None:
    expected = Identity(ANNA, NOON_US, RELAY_US, "anna.example")
    assert parse_v1(frame(v1("identity"))) == expected
    assert parse_v2(frame(v2("identity"))) == Identity(
        ANNA, NOON_US, RELAY_US, "anna.example", seq=77
    )
    assert parse_v2(frame(v2("sync"))) == Sync(ANNA, NOON_US, REV, 77)


@pytest.mark.parametrize("handle", [None, "handle.invalid", "not a handle", "a\x00b.example", ""])
def test_a_handle_that_is_none_must_be_looked_up(handle: str | None) -> None:
    parsed = parse_v1(frame(v1("identity", identity=upstream(handle=handle))))
    assert parsed == Identity(ANNA, NOON_US, RELAY_US, None)


@pytest.mark.parametrize(
    "said,is_active,status",
    [
        ({"active": True}, True, "active"),
        ({"active": True, "status": "throttled"}, True, "throttled"),
        ({"active": True, "status": "deleted"}, True, "active"),
        ({"active": False, "status": "deleted"}, False, "deleted"),
        ({"active": False, "status": "a new one"}, False, "deactivated"),
        ({"active": False, "status": "active"}, False, "deactivated"),
        ({"active": False}, False, "deactivated"),
    ],
)
def test_the_status_of_an_account_agrees_with_whether_it_is_active(
    said: dict[str, Any], *, is_active: bool, status: str
) -> None:
    for parsed in (
        parse_v1(frame(v1("account", account=upstream(**said)))),
        parse_v2(frame(v2("account", account=upstream(**said)))),
    ):
        assert isinstance(parsed, Account)
        assert (parsed.is_active, parsed.status) == (is_active, status)
        assert parsed.at_us == RELAY_US


def test_what_a_host_says_of_the_connection_is_told_apart() -> None:
    notice = {"$type": f"{V2}info", "name": "OutdatedCursor", "message": "from 5"}
    info = {"$type": "message", "payload": notice}

    assert parse_v2(frame(info)) == Notice("OutdatedCursor", "from 5")
    slow = {"$type": "error", "error": "ConsumerTooSlow", "message": "reconnect with cursor=9"}
    assert parse_v2(frame(slow)) == Refusal("ConsumerTooSlow", "reconnect with cursor=9")
    assert parse_v2(frame({"$type": "error", "error": "Gone"})) == Refusal("Gone")


def test_the_time_at_which_v2_saw_it_goes_before_the_time_it_shows() -> None:
    parsed = parse_v2(frame(v2(witnessedAt="2026-09-21T14:13:21.000001Z")))
    assert isinstance(parsed, Commit)
    assert parsed.time_us == NOON_US + 1_000_001


@pytest.mark.parametrize("time_us,kept", [(-5, 0), (10**30, 2**63 - 1), (0, 0)])
def test_a_time_beyond_all_bounds_costs_no_event(time_us: int, kept: int) -> None:
    for kind in ("commit", "identity"):
        parsed = parse_v1(frame(v1(kind, time_us=time_us)))
        assert isinstance(parsed, Commit | Identity)
        assert parsed.time_us == kept


@pytest.mark.parametrize(
    "changes,reason",
    [
        ({"did": "did:plc"}, "bad_did"),
        ({"did": 5}, "bad_did"),
        ({"did": f"did:plc:{'a' * 600}"}, "bad_did"),
        ({"kind": "weather"}, "unknown_kind"),
        ({"kind": None}, "unknown_kind"),
        ({"kind": ["commit"]}, "unknown_kind"),
        ({"time_us": "now"}, "bad_time"),
        ({"time_us": 1.5}, "bad_time"),
        ({"commit": []}, "unknown_shape"),
        ({"commit": told(operation="upsert")}, "unknown_operation"),
        ({"commit": told(rev="3")}, "bad_rev"),
        ({"commit": told(rev="z" * 13)}, "bad_rev"),
        ({"commit": told(rev=None)}, "unknown_shape"),
        ({"commit": told(rkey="..")}, "bad_rkey"),
        ({"commit": told(rkey="a/b")}, "bad_rkey"),
        ({"commit": told(rkey="a\n")}, "bad_rkey"),
        ({"commit": told(rkey="a" * 513)}, "bad_rkey"),
        ({"commit": told(collection="likes")}, "bad_collection"),
        ({"commit": told(collection="a.b.c\x00")}, "bad_collection"),
        ({"commit": told(cid="a b c d e f")}, "bad_cid"),
        ({"commit": told(record=None)}, "no_record"),
        ({"commit": told(record=[like()])}, "no_record"),
    ],
)
def test_a_frame_that_is_no_event_says_why(changes: dict[str, Any], reason: str) -> None:
    assert reason_of(parse_v1(frame(v1(**changes)))) == reason
    both = changes.get("commit", changes)
    if isinstance(both, dict) and not {"kind", "time_us"} & set(both):
        assert reason_of(parse_v2(frame(v2(**both)))) == reason


@pytest.mark.parametrize(
    "body,reason",
    [
        (v2("weather"), "unknown_kind"),
        (v2(time="yesterday"), "bad_time"),
        (v2(time="2026-09-21T14:13:20"), "bad_time"),
        (v2("identity", identity=upstream(time=5)), "bad_time"),
        (v2("sync", sync=upstream(rev="new")), "bad_rev"),
        (v2(seq=-1), "unknown_shape"),
        (v2(seq=2**63), "unknown_shape"),
        (v2("info"), "unknown_shape"),
        ({"$type": "error"}, "unknown_shape"),
        ({"$type": "message"}, "unknown_shape"),
        ({"$type": "news", "payload": {}}, "unknown_kind"),
    ],
)
def test_a_frame_of_v2_that_is_no_event_says_why(body: Any, reason: str) -> None:
    assert reason_of(parse_v2(frame(body))) == reason


@pytest.mark.parametrize(
    "line,reason",
    [
        (b"", "not_json"),
        (b"hello", "not_json"),
        (b"[]", "unknown_shape"),
        (b"\x00", "not_json"),
        (b'{"did":"\xff"}', "not_utf8"),
        (frame(v1()) + b"}", "not_json"),
        (frame(v1()).replace(b"2026", b"\\ud800"), "not_json"),
        (frame(v1()).replace(b"2026", b"\xed\xa0\x80"), "not_utf8"),
        (frame(v1()).replace(ANNA.encode(), b"did:plc:\xff"), "not_utf8"),
        (frame(v1()).replace(b'"2026', b"[" * 300 + b"]" * 300 + b',"2026'), "not_json"),
        (b'{"kind":' + b"[" * 200_000, "too_deep"),
        (b'{"kind":' + b"[" * 200_000 + b"]" * 200_000 + b"}", "too_deep"),
        (b'{"kind":' + b"9" * 9_000 + b"}", "unknown_shape"),
    ],
)
def test_bytes_that_are_no_frame_say_why(line: bytes, reason: str) -> None:
    assert reason_of(parse_v1(line)) == reason
    assert reason_of(parse_v2(line)) in REASONS


@pytest.mark.parametrize("depth,is_event", [(190, True), (201, False), (900, False)])
def test_how_deep_a_record_may_be_does_not_depend_on_the_caller(
    depth: int, *, is_event: bool
) -> None:
    deep: Any = 1
    for _ in range(depth):
        deep = [deep]
    line = frame(v1(commit=told(record={"a": deep})))

    assert isinstance(parse_v1(line), Commit) is is_event
    if not is_event:
        assert reason_of(parse_v1(line)) == "too_deep"


@pytest.mark.parametrize(
    "line,wire",
    [
        (frame(v1()), "v1"),
        (frame(v1("account")), "v1"),
        (frame(v2()), "v2"),
        (frame({"$type": "error", "error": "Gone"}), "v2"),
        (b"{}", None),
        (b"", None),
        (b"\xff", None),
        (b'{"kind":5}', None),
    ],
)
def test_a_line_of_a_file_tells_its_wire(line: bytes, wire: str | None) -> None:
    assert wire_of(line) == wire
