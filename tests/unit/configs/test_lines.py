import pytest

from tenantry.configs.service.lines import SHOWN_CHARACTERS, shown, shown_bare


@pytest.mark.parametrize(
    "value, quoted, bare",
    [
        (None, "nil", "nil"),
        (b'"v"', '"v"', "v"),
        (b'""', '""', ""),
        (b"1", "1", "1"),
        (b"null", "null", "null"),
        (b'{"a":"b"}', '{"a":"b"}', '{"a":"b"}'),
        (b'"a\\nb"', '"a\\nb"', '"a\\nb"'),
        ('"é"'.encode(), '"é"', "é"),
    ],
)
def test_a_value_is_shown_as_json_and_bare(value: bytes | None, quoted: str, bare: str) -> None:
    assert (shown(value), shown_bare(value)) == (quoted, bare)


@pytest.mark.parametrize("character", ["a", "é", "🚀"])
def test_a_long_value_is_cut_between_characters(character: str) -> None:
    value = f'"{character * 5_000}"'.encode()
    text = shown(value)
    assert text.startswith(f'"{character * (SHOWN_CHARACTERS - 1)}…')
    assert text.endswith(f"({len(value)} bytes)")
