import pytest

from tenantry.base.errors import Invalid
from tenantry.configs.api.body import MAX_BODY_BYTES, SentValue, read_value
from tenantry.configs.errors import ConfigValueInvalid
from tenantry.configs.model import MAX_VALUE_CHARACTERS

FORM = b"application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    "body, value",
    [
        (b'{"value":1}', b"1"),
        (b' { "value" : { "a" : 1 } } ', b'{ "a" : 1 }'),
        (b'{"secret":false,"value":null}', b"null"),
        (b'{"value":"\\u00e9"}', b'"\\u00e9"'),
        (b'{"\\u0076alue":1}', b"1"),
    ],
)
def test_the_value_keeps_its_bytes(body: bytes, value: bytes) -> None:
    assert read_value(body, None) == SentValue(value)


@pytest.mark.parametrize(
    "body, value",
    [
        (b"value=x", b'"x"'),
        (b"value=", b'""'),
        (b"value=a+b%26c%3D%C3%A9", '"a b&c=é"'.encode()),
        (b'value=%22"', b'"\\"\\""'),
    ],
)
def test_a_form_holds_a_string(body: bytes, value: bytes) -> None:
    assert read_value(body, FORM) == SentValue(value)
    assert read_value(body, FORM.upper() + b"; charset=utf-8") == SentValue(value)


@pytest.mark.parametrize(
    "body", [b"", b"other=1", b"value=1&value=2", b"value=1&other=2", b"value=black&white="]
)
def test_a_form_that_is_not_one_value_alone_is_invalid(body: bytes) -> None:
    with pytest.raises(ConfigValueInvalid):
        read_value(body, FORM)


@pytest.mark.parametrize("body", [b"value=%FF", b"&".join([b"a=1"] * 11)])
def test_a_malformed_form_is_invalid(body: bytes) -> None:
    with pytest.raises(Invalid):
        read_value(body, FORM)


@pytest.mark.parametrize(
    "body, content_type, is_forced",
    [
        (b'{"value":"hunter2","secret":true}', None, False),
        (b'{"value":"hunter2","secret":true,"force":true}', None, True),
        (b"value=hunter2&secret=true", FORM, False),
        (b"value=hunter2&secret=true&force=true", FORM, True),
    ],
)
def test_a_value_can_be_said_to_be_secret(
    body: bytes, content_type: bytes | None, *, is_forced: bool
) -> None:
    sent = read_value(body, content_type)
    assert sent == SentValue(b'"hunter2"', is_secret=True, is_forced=is_forced)


@pytest.mark.parametrize(
    "body, content_type",
    [
        (b'{"value":"hunter2","secret":1}', None),
        (b'{"value":"hunter2","secret":"true"}', None),
        (b"value=hunter2&secret=", FORM),
        (b"value=hunter2&secret=1", FORM),
    ],
)
def test_what_is_neither_secret_nor_not_is_refused_without_the_value(
    body: bytes, content_type: bytes | None
) -> None:
    with pytest.raises(Invalid) as caught:
        read_value(body, content_type)
    assert "hunter2" not in repr(caught.value) + str(caught.value.details)


@pytest.mark.parametrize("body", [b"", b"1", b"[]", b"null", b"{}", b'{"value":1,"v":2}', b"{"])
def test_what_is_no_object_with_a_value_is_invalid(body: bytes) -> None:
    with pytest.raises(Invalid) as caught:
        read_value(body, b"application/json")
    assert '{"value": "on"}' in caught.value.message


def test_the_longest_value_fits_into_the_longest_body() -> None:
    body = b'{"value":"' + b"\\ud83d\\ude80" * MAX_VALUE_CHARACTERS + b'","secret":false}'
    assert len(body) <= MAX_BODY_BYTES
