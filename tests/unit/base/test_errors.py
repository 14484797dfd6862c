import pytest

from tenantry.base import errors
from tenantry.base.errors import Invalid, TenantryError, Unavailable

KINDS = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, TenantryError)
]


def test_every_kind_has_a_code_of_its_own() -> None:
    codes = [kind.default_code for kind in KINDS]
    assert len(set(codes)) == len(codes) == 12


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_keeps_its_message_and_may_have_a_code_of_its_own(
    kind: type[TenantryError],
) -> None:
    error = kind("disk is full", code="disk_full", details={"bytes": 3})
    assert str(error) == error.message == "disk is full"
    assert error.code == "disk_full"
    assert error.details == {"bytes": 3}
    assert kind("again").code == kind.default_code


def test_an_invalid_input_is_told_with_what_it_was_and_what_it_should_be() -> None:
    error = Invalid(field="port", got=70_000, wants="1 to 65535")
    assert error.message == "port: got 70000, wants 1 to 65535"
    assert error.details == {"field": "port", "got": 70_000, "wants": "1 to 65535"}


def test_details_can_always_be_written_as_json() -> None:
    assert Invalid(field="names", got=["a", object], wants="texts").details == {
        "field": "names",
        "got": "['a', <class 'object'>]",
        "wants": "texts",
    }


def test_what_is_unavailable_says_when_to_come_again() -> None:
    assert Unavailable("busy").retry_after_seconds == 1.0
    assert Unavailable("busy", retry_after_seconds=30.0).retry_after_seconds == 30.0
