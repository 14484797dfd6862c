"""What commands print: one document for programs, tables that fit and harm no terminal."""

import json

import msgspec
import pytest
import yaml

from tenantry.terminal import Column, Output, Progress, one_line
from tenantry.testing import FakeClock

VALUE = {"name": "größe", "value": msgspec.Raw(b"1.50"), "none": None}


def test_a_json_document_keeps_the_digits_of_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    Output(form="json").document(VALUE)

    printed = capsys.readouterr().out
    assert json.loads(printed) == {"name": "größe", "value": 1.5, "none": None}
    assert "1.50" in printed


def test_a_yaml_document_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    Output(form="yaml").document(VALUE)

    printed = capsys.readouterr().out
    assert yaml.safe_load(printed) == {"name": "größe", "value": 1.5, "none": None}
    assert "1.50" in printed


def test_an_error_is_a_document_too_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    Output(form="json").error("no such thing", code="not_found", hint="look elsewhere")

    captured = capsys.readouterr()
    assert json.loads(captured.out) == {"error": {"code": "not_found", "message": "no such thing"}}
    assert captured.err == "error: no such thing\nhint: look elsewhere\n"


def test_what_an_error_is_about_stands_below_it_one_a_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Output(form="json").error(
        "two", code="x", hint="look", lines=["one", "other"], details={"names": ["a", "b"]}
    )

    captured = capsys.readouterr()
    assert captured.err == "error: two\n  one\n  other\nhint: look\n"
    assert json.loads(captured.out)["error"]["details"] == {"names": ["a", "b"]}


def test_there_is_never_a_second_document(capsys: pytest.CaptureFixture[str]) -> None:
    output = Output(form="json")
    output.document({"a": 1})
    output.error("afterwards", code="late")

    assert json.loads(capsys.readouterr().out) == {"a": 1}


def test_people_get_errors_beside_the_output(capsys: pytest.CaptureFixture[str]) -> None:
    Output(form=None).error("no", code="x")

    assert capsys.readouterr() == ("", "error: no\n")


def test_raw_bytes_stay_as_they_are_where_nobody_looks(
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    Output(form=None).raw(b"\xff no line break")

    assert capsysbinary.readouterr().out == b"\xff no line break"


def test_a_table_fits_its_width_and_shortens_the_wide_column(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    columns = [Column("NAME"), Column("VALUE", is_wide=True), Column("VERSION", is_number=True)]
    Output(form=None).table(
        columns, [("short", "x" * 1000, "3"), ("🎉", "[bold]y[/] :smile:", "12")]
    )

    header, first, second = (line.rstrip() for line in capsys.readouterr().out.splitlines())
    assert header.split() == ["NAME", "VALUE", "VERSION"]
    assert len(first) <= 40
    assert "…" in first
    assert first.endswith("3")
    assert "[bold]y[/] :smile:" in second


def test_where_width_is_scarce_the_longest_column_is_shortened_and_the_others_are_whole(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    columns = [Column("EVENT"), Column("VALUE", is_wide=True), Column("AT")]
    Output(form=None).table(
        columns, [("ConfigValueDeleted", "a long value", "2026-11-26T05:38:43.972233Z")]
    )

    row = capsys.readouterr().out.splitlines()[1].rstrip()
    assert row == "ConfigValueDeleted  a long …  2026-11-26T05:38:43…"


def test_a_table_has_no_colours_where_nobody_looks(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    Output(form=None).table([Column("A")], [("b",)])

    assert "\x1b" not in capsys.readouterr().out


def test_an_empty_table_is_its_header(capsys: pytest.CaptureFixture[str]) -> None:
    Output(form=None).table([Column("NAME"), Column("VALUE", is_wide=True)], [])

    assert capsys.readouterr().out.split() == ["NAME", "VALUE"]


@pytest.mark.parametrize(
    "text, shown",
    [
        ("abc", "abc"),
        ("a\nb", "a\\nb"),
        ("\x1b[31mred", "\\x1b[31mr…"),
        ("\u202eevil", "\\u202eevil"),
        ("x" * 11, "xxxxxxxxx…"),
        ("x" * 10, "x" * 10),
    ],
)
def test_nothing_in_a_cell_moves_the_cursor_or_outgrows_it(text: str, shown: str) -> None:
    assert one_line(text, width=10) == shown


def test_progress_is_a_line_now_and_then_where_nobody_looks(
    capsys: pytest.CaptureFixture[str],
) -> None:
    clock = FakeClock()
    with Progress(label="events", clock=clock) as progress:
        progress.update(1, 10)
        clock.advance(6)
        progress.update(5, 10)
        progress.update(6, 10)
        clock.advance(6)
        progress.update(7, None, label="bytes")

    assert capsys.readouterr() == ("", "events: 5 of 10 (50 %)\nbytes: 7\n")
