"""A body is what it says, or is refused with what it should have said."""

import msgspec
import pytest

from tenantry.base.errors import Invalid, UnsupportedMediaType
from tenantry.web import body_as, check_media_type


class Order(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    seconds: float | None = None
    is_urgent: bool = False


class Named(msgspec.Struct, frozen=True):
    name: str


@pytest.mark.parametrize("body", [b"", b"  ", b"null", b"{}"])
def test_nothing_is_all_defaults(body: bytes) -> None:
    assert body_as(body, Order) == Order()


def test_what_is_given_is_taken() -> None:
    assert body_as(b'{"seconds": 1.5, "is_urgent": true}', Order) == Order(1.5, is_urgent=True)


@pytest.mark.parametrize(
    "body",
    [
        b'{"seconds": "5"}',
        b'{"is_urgent": 0}',
        b'{"more": 1}',
        b"[]",
        b'"x"',
        b"{",
        b"\xff",
        b"[" * 100_000,
    ],
)
def test_what_is_another_type_or_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(Invalid, match="body: "):
        body_as(body, Order)


def test_what_is_missing_is_named() -> None:
    with pytest.raises(Invalid, match=r"`name`.*wants a JSON object with name"):
        body_as(b"{}", Named)


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        b"application/json",
        b"Application/JSON",
        b"application/json; charset=utf-8",
        b"application/vnd.api+json",
    ],
)
def test_json_by_any_of_its_names_is_read(content_type: bytes | None) -> None:
    check_media_type(content_type, ["application/json"])


@pytest.mark.parametrize(
    "content_type", [b"text/plain", b"application/x-www-form-urlencoded", b"", b"json", b"\xff"]
)
def test_another_type_is_refused_with_the_one_that_is_read(content_type: bytes) -> None:
    with pytest.raises(UnsupportedMediaType, match=r"Content-Type: got .*, wants application/json"):
        check_media_type(content_type, ["application/json"])


def test_a_body_that_is_no_json_ends_in_plus_json_nowhere_else() -> None:
    with pytest.raises(UnsupportedMediaType):
        check_media_type(b"application/vnd.api+json", ["text/plain"])
