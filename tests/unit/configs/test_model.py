import pytest

from tenantry.configs.model import ConfigEntry


@pytest.mark.parametrize(
    "value, text",
    [
        (b'""', b""),
        (b'"plain"', b"plain"),
        ('"é🚀"'.encode(), "é🚀".encode()),
        (rb'"\u00e9\ud83d\ude80"', "é🚀".encode()),
        (rb'"a\"b\\c\/d\n"', b'a"b\\c/d\n'),
    ],
)
def test_the_text_of_a_string_is_its_characters(value: bytes, text: bytes) -> None:
    entry = ConfigEntry("name", value, 1, 1, 1)
    assert entry.is_text
    assert entry.text == text


@pytest.mark.parametrize("value", [b"1", b"null", b"{}", b"[]", b"true", b'["a"]'])
def test_other_json_is_no_text(value: bytes) -> None:
    assert not ConfigEntry("name", value, 1, 1, 1).is_text
