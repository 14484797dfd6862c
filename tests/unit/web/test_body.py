"""A body is what it says, or is refused with what it should have said."""

import msgspec
import pytest

from tenantry.base.errors import Invalid
from tenantry.web import body_as


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
