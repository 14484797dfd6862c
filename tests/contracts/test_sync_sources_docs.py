"""The page of sources says what the program takes."""

import json
import re
from typing import get_args

import msgspec
import pytest

from tenantry.sync.model import Collection, FilesSource, HttpSource, Source, SqlSource
from tenantry.sync.rules import DEFAULT_COLLECTIONS, parse_source
from tenantry.testing.upstream import Fault
from tests.support.repository import ROOT

pytestmark = pytest.mark.docs

PAGE = (ROOT / "docs/reference/sync-sources.md").read_text(encoding="utf-8")
SECTION = re.compile(r"^##+ (.+?)\n(.*?)(?=^##+ |\Z)", re.MULTILINE | re.DOTALL)
FIRST_CELL = re.compile(r"^\| `(\w+)` \|", re.MULTILINE)
EXAMPLES = re.findall(r"^```json\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def _cells(section: str) -> list[str]:
    text = dict(SECTION.findall(PAGE))[section]
    return [str(cell) for cell in FIRST_CELL.findall(text)]


@pytest.mark.parametrize(
    "section, kind", [("HTTP", HttpSource), ("Databases", SqlSource), ("Files", FilesSource)]
)
def test_every_field_of_a_source_is_documented(section: str, kind: type[Source]) -> None:
    names = [field.name for field in msgspec.structs.fields(kind)]

    assert sorted(_cells(section)) == sorted(["type", *names])


def test_every_field_of_a_collection_is_documented() -> None:
    names = [field.name for field in msgspec.structs.fields(Collection)]

    assert sorted(_cells("Collections")) == sorted(names)


def test_the_default_set_is_documented_as_it_is() -> None:
    for one in DEFAULT_COLLECTIONS:
        assert f"| `{one.name}` | {one.phase} | `{one.key[0]}` | `{one.path}` |" in PAGE
    assert _cells("The default set") == [one.name for one in DEFAULT_COLLECTIONS]


def test_the_defaults_are_documented_as_they_are() -> None:
    source = parse_source({"type": "http", "base_url": "http://x"})
    text = dict(SECTION.findall(PAGE))["HTTP"]

    assert isinstance(source, HttpSource)
    assert f"| `page_size` | {source.page_size} |" in text
    assert f"| `paging` | `{source.paging}` |" in text
    assert f"| `etag` | `{source.etag}` |" in text
    assert f"| `timeout_seconds` | {source.timeout_seconds:g} |" in text


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_every_example_is_a_source(example: str) -> None:
    assert parse_source(json.loads(example)).collections


def test_there_is_an_example_of_every_kind() -> None:
    assert {json.loads(example)["type"] for example in EXAMPLES} == {"http", "sql", "files"}


def test_every_fault_of_the_lab_is_documented() -> None:
    names = [kind.__name__ for kind in get_args(Fault)]

    assert _cells("An upstream to try it with") == names
