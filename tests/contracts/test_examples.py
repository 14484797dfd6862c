"""Every example of the documentation runs, and prints what the page says."""

import shutil
from pathlib import Path

import pytest

from tests.support.examples import (
    WRITTEN_DATABASE_URL,
    Reader,
    documents,
    examples_of,
    is_as_expected,
)
from tests.support.repository import relative


def _needs_postgres(document: Path) -> bool:
    return WRITTEN_DATABASE_URL in document.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(
            page,
            id=relative(page),
            marks=[pytest.mark.postgres] if _needs_postgres(page) else [],
        )
        for page in documents()
    ],
)
def test_every_example_of_a_document_runs(
    document: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    for program in ("bash", "curl"):
        if shutil.which(program) is None:
            pytest.skip(f"{program}, which examples use, is not installed")
    url = request.getfixturevalue("postgres_url") if _needs_postgres(document) else None

    with Reader(tmp_path, database_url=url) as reader:
        for example in examples_of(document):
            reader.follow(example)


def test_an_ellipsis_stands_for_anything_on_its_line() -> None:
    assert is_as_expected("position …, … bytes", "position 12, 4096 bytes\n")
    assert not is_as_expected("position …, … bytes", "position 12\n4096 bytes\n")


def test_an_ellipsis_on_its_own_line_stands_for_any_number_of_lines() -> None:
    assert is_as_expected("first\n…\nlast", "first\nlast\n")
    assert is_as_expected("first\n…\nlast", "first\n2\n3\nlast\n")
    assert not is_as_expected("first\n…\nlast", "first\n2\n3\n")


def test_what_a_page_does_not_show_is_not_as_expected() -> None:
    assert not is_as_expected("OK", "OK\nand more\n")
    assert not is_as_expected("OK.", "OKK")
