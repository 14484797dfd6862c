import pytest

from tenantry.base.errors import Invalid
from tenantry.configs.api.conditions import (
    awaited_position,
    idempotency,
    is_unchanged,
    moment,
    write_condition,
)
from tenantry.configs.model import NO_CONDITION, Condition


def versions(*numbers: int) -> Condition:
    return Condition(versions=frozenset(numbers))


@pytest.mark.parametrize(
    "header, condition",
    [
        (b'"3"', versions(3)),
        (b' "3" ,"4"', versions(3, 4)),
        (b"*", Condition(must_exist=True)),
        (b" * ", Condition(must_exist=True)),
        (b'W/"3"', versions()),
        (b'W/"3", "4"', versions(4)),
        (b'"global:3"', Condition(versions=frozenset(), global_versions=frozenset({3}))),
        (b'"1", "global:3"', Condition(versions=frozenset({1}), global_versions=frozenset({3}))),
        (b'"global:0"', versions()),
        (b'"own:3"', versions()),
        (b'"03"', versions()),
        (b'"0"', versions()),
        (b'""', versions()),
        (b'"\xb2"', versions()),
        (b'"' + b"9" * 5_000 + b'", "1"', versions()),
    ],
)
def test_if_match_names_versions(header: bytes, condition: Condition) -> None:
    if len(header) > 1_024:
        with pytest.raises(Invalid):
            write_condition({b"if-match": header})
        return
    assert write_condition({b"if-match": header}) == condition


def test_without_a_header_there_is_no_condition() -> None:
    assert write_condition({}) is NO_CONDITION


def test_both_headers_are_one_condition() -> None:
    headers = {b"if-match": b'"1"', b"if-none-match": b"*"}
    assert write_condition(headers) == Condition(versions=frozenset({1}), must_be_absent=True)


@pytest.mark.parametrize(
    "headers",
    [
        {b"if-match": b"3"},
        {b"if-match": b""},
        {b"if-match": b'"'},
        {b"if-match": b'"1" "2"'},
        {b"if-match": b'"1",'},
        {b"if-match": b'*, "1"'},
        {b"if-match": b'anything "1"'},
        {b"if-none-match": b'"3"'},
        {b"if-none-match": b""},
    ],
)
def test_a_malformed_condition_is_invalid(headers: dict[bytes, bytes]) -> None:
    with pytest.raises(Invalid):
        write_condition(headers)


@pytest.mark.parametrize(
    "header, is_known",
    [
        (None, False),
        (b'"3"', True),
        (b'W/"3"', True),
        (b'"1","3"', True),
        (b"*", True),
        (b'"4"', False),
        (b'"33"', False),
        (b"3", False),
        (b'"global:3"', False),
    ],
)
def test_a_reader_knows_a_version(header: bytes | None, *, is_known: bool) -> None:
    headers = {} if header is None else {b"if-none-match": header}
    assert is_unchanged(headers, "3") is is_known


def test_the_digest_covers_all_that_makes_two_requests_the_same() -> None:
    base = {"actor": "a", "method": "PUT", "tenant_id": "t", "name": "n", "body": b"b"}
    digests = set()
    changes = (
        {"actor": "b"},
        {"method": "DELETE"},
        {"tenant_id": "u"},
        {"name": "m"},
        {"body": b"c"},
    )
    for change in ({}, *changes):
        for header in ({}, {b"if-match": b'"1"'}, {b"if-none-match": b"*"}):
            key = idempotency({b"idempotency-key": b"k", **header}, **{**base, **change})  # type: ignore[arg-type]  # mixed on purpose
            assert key is not None
            assert key.key == "k"
            digests.add(key.request_digest)
    assert len(digests) == 18

    again = idempotency({b"idempotency-key": b"k", b"accept": b"x"}, **base)  # type: ignore[arg-type]  # as above
    assert again is not None
    assert again.request_digest in digests


def test_neighbouring_parts_are_not_mixed_up() -> None:
    def digest(tenant_id: str, name: str) -> bytes:
        found = idempotency(
            {b"idempotency-key": b"k"},
            actor="a",
            method="PUT",
            tenant_id=tenant_id,
            name=name,
            body=b"",
        )
        assert found is not None
        return found.request_digest

    assert digest("ab", "c") != digest("a", "bc")


@pytest.mark.parametrize("key", [b"", b" ", b"a b", b"k" * 256, b"\xff", b"a\n"])
def test_a_key_is_visible_ascii(key: bytes) -> None:
    with pytest.raises(Invalid):
        idempotency(
            {b"idempotency-key": key}, actor="a", method="PUT", tenant_id="t", name="n", body=b""
        )


def test_without_a_header_there_is_no_key_and_no_position() -> None:
    assert idempotency({}, actor="a", method="PUT", tenant_id="t", name="n", body=b"") is None
    assert awaited_position({}) is None


def test_a_position_is_digits() -> None:
    assert awaited_position({b"x-position": b"7"}) == 7
    for wrong in (b"", b"-1", b"+1", b"1.0", b"x", b"\xb2", b"1" * 19):
        with pytest.raises(Invalid):
            awaited_position({b"x-position": wrong})


def test_a_moment_is_a_position_or_an_instant() -> None:
    assert moment("7") == ("position", 7)
    assert moment("1970-01-01T00:00:01Z") == ("instant", 1_000_000)
    for wrong in ("", "-1", "1" * 19, "٣", "yesterday", "1970-01-01T00:00:01"):
        with pytest.raises(Invalid, match="at: got"):
            moment(wrong)
