"""Frames and records: whatever comes is an event or a reason, and never an exception."""

import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenantry.collector.model import (
    FOLLOWS,
    LIKES,
    POSTS,
    PROFILES,
    REPOSTS,
    Account,
    Commit,
    DeadLetter,
    Identity,
    Notice,
    Parsed,
    Refusal,
    Sync,
)
from tenantry.collector.rules import (
    REASONS,
    domain_of,
    fold,
    is_did,
    is_handle,
    is_nsid,
    is_rkey,
    is_tid,
    parse_v1,
    parse_v2,
    post_of,
    record_of,
    settle,
    tag_of,
    tid_of,
    tid_us,
    wire_of,
)
from tests.support.counts import search_count
from tests.support.jetstream_frames import (
    BEN,
    CID,
    POST_URI,
    facet,
    frame,
    image,
    like,
    post,
    v1,
    v2,
)

pytestmark = pytest.mark.soak

COUNT = settings(max_examples=search_count(10_000), deadline=None)
MAX = 2**63 - 1
REF = {"uri": POST_URI, "cid": CID}
QUOTE = {"$type": "app.bsky.embed.record", "record": REF}
PICTURES = {"$type": "app.bsky.embed.images", "images": [image()]}
RECORDS = (
    like(),
    post(),
    post(
        facets=[facet("mention", did=BEN), facet("tag", tag="a"), facet("link", uri="https://a.b")],
        embed={"$type": "app.bsky.embed.recordWithMedia", "record": QUOTE, "media": PICTURES},
        reply={"root": REF, "parent": REF},
        tags=["b"],
        langs=["en"],
    ),
    post(embed=QUOTE),
    post(embed={"$type": "app.bsky.embed.external", "external": {"uri": "https://a.example"}}),
    {"subject": BEN, "createdAt": "2026"},
)
COLLECTIONS = (LIKES, REPOSTS, POSTS, FOLLOWS, PROFILES, "com.example.thing")
ODD: st.SearchStrategy[Any] = st.sampled_from(
    (
        *(
            None,
            True,
            0,
            -1,
            2**63,
            10**30,
            1.5,
            1e300,
            "",
            "\x00",
            "x" * 700,
            "\U0001f333",
            [],
            {},
        ),
        *("did:plc:x", POST_URI, "..", "app.bsky.embed.images", "app.bsky.richtext.facet#tag"),
    )
)
JSON = st.recursive(
    ODD | st.text(max_size=20) | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


@st.composite
def mutated(draw: st.DrawFn, values: st.SearchStrategy[Any]) -> Any:
    """A value with up to three of its places replaced, left out or doubled."""
    value = json.loads(json.dumps(draw(values)))
    for _ in range(draw(st.integers(0, 3))):
        places = list(containers(value))
        if not places:
            break
        holder, key = draw(st.sampled_from(places))
        match draw(st.sampled_from(["replace", "remove", "rename"])):
            case "replace":
                holder[key] = draw(JSON)
            case "remove":
                del holder[key]
            case _:
                if isinstance(holder, list):
                    continue
                holder[draw(st.sampled_from(["$type", "kind", "did", "x", "record"]))] = holder.pop(
                    key
                )
    return value


def containers(value: Any) -> list[tuple[Any, Any]]:
    """Every place in `value`, as its container and key."""
    items: Iterable[tuple[Any, Any]] = value.items() if isinstance(value, dict) else ()
    if isinstance(value, list):
        items = enumerate(value)
    found: list[tuple[Any, Any]] = []
    for key, inner in items:
        found += [(value, key), *containers(inner)]
    return found


@st.composite
def frames(draw: st.DrawFn) -> Any:
    kinds = st.sampled_from(["commit", "commit", "commit", "identity", "account", "sync", "info"])
    body: Any = draw(st.sampled_from([v1, v2]))(draw(kinds))
    commit = body.get("commit") or body.get("payload") or {}
    if "record" in commit:
        commit["record"] = draw(st.sampled_from(RECORDS))
        commit["collection"] = draw(st.sampled_from(COLLECTIONS))
        commit["operation"] = draw(st.sampled_from(["create", "update", "delete"]))
    return body


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A frame with some of its bytes replaced, or cut off."""
    line = bytearray(frame(draw(frames())))
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(line) - 1))
        line[place : place + draw(st.integers(0, 3))] = draw(st.binary(max_size=3))
        if not line:
            return b""
    return bytes(line)


LINES = (
    st.binary(max_size=200)
    | JSON.map(lambda value: json.dumps(value).encode())
    | mutated(frames()).map(frame)
    | damaged()
)


@COUNT
@given(LINES, st.sampled_from([parse_v1, parse_v2]))
def test_any_bytes_are_an_event_or_a_reason(line: bytes, parse: Callable[[bytes], Parsed]) -> None:
    parsed = parse(line)

    assert wire_of(line) in ("v1", "v2", None)
    match parsed:
        case DeadLetter():
            assert (parsed.frame, parsed.size) == (line, len(line))
            assert parsed.reason in REASONS
        case Notice() | Refusal():
            assert parse is parse_v2
        case Commit() | Identity() | Account() | Sync():
            assert is_did(parsed.did)
            assert 0 <= parsed.time_us <= MAX
            assert (parsed.seq is None) is (parse is parse_v1)
    if isinstance(parsed, Commit):
        check_commit(parsed)
    if isinstance(parsed, Identity):
        assert parsed.handle is None or is_handle(parsed.handle)


@COUNT
@given(mutated(st.sampled_from(RECORDS)), st.sampled_from(COLLECTIONS))
def test_any_record_can_be_stored(record: Any, collection: str) -> None:
    body = v1()
    body["commit"] |= {"record": record, "collection": collection}
    parsed = parse_v1(frame(body))
    if isinstance(parsed, Commit):
        check_commit(parsed)


def check_commit(commit: Commit) -> None:
    assert is_nsid(commit.collection)
    assert is_rkey(commit.rkey)
    assert is_tid(commit.rev)
    assert (commit.record is None) is (commit.operation == "delete")
    record = record_of(commit)
    # What both databases can hold: UTF-8 without NUL, whole numbers that fit, JSON that is one.
    stored = repr(record)
    assert "\\x00" not in stored.replace(repr(record.data), "")
    assert json.loads(commit.record or b"{}") is not None
    for text in (record.text, record.created_at, record.langs, record.subject_cid):
        assert text is None or len(text.encode()) >= len(text)
    assert (record.data is not None) or record.subject is not None or record.is_deleted
    settled = settle(fold([commit, commit]), {})
    assert (settled.records, settled.figures[commit.collection].duplicates) == ((record,), 1)


@COUNT
@given(st.integers(0, 2**53 - 1), st.integers(0, 1023), st.integers(0, 2**53 - 1))
def test_a_tid_and_its_time_are_one(time_us: int, clock_id: int, other_us: int) -> None:
    tid = tid_of(time_us, clock_id)
    assert is_tid(tid)
    assert tid_us(tid) == time_us
    assert (tid_of(other_us, clock_id) < tid) is (other_us < time_us)


@COUNT
@given(st.text() | st.from_regex(r"https?://.*"))
def test_names_that_are_made_of_any_text_are_in_their_final_form(text: str) -> None:
    tag, domain = tag_of(text), domain_of(text)
    assert tag_of(tag) == tag
    assert not tag.startswith("#")
    assert domain_of(f"https://{domain}/") == domain
    assert post_of(text) is None
