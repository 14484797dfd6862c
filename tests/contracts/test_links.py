"""Every link between documents leads to a file, and to a heading in it."""

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from tests.support.repository import relative, tracked_files

pytestmark = pytest.mark.docs

_CODE = re.compile(r"^```(?s:.*?)^```$|^ {4}.*$", re.MULTILINE)
_LINK = re.compile(r"\]\((?P<target>[^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} (?P<text>.+)$", re.MULTILINE)


def _documents() -> list[Path]:
    return [path for path in tracked_files() if path.suffix == ".md"]


@pytest.mark.parametrize("document", _documents(), ids=relative)
def test_every_link_of_a_document_leads_somewhere(document: Path) -> None:
    targets = [found["target"] for found in _LINK.finditer(_prose(document))]

    assert [target for target in targets if _is_broken(document, target)] == []


def test_every_document_can_be_reached_from_the_index() -> None:
    index = {path.resolve() for path in _documents() if path.name == "README.md"}
    reached, waiting = set[Path](), sorted(index)
    while waiting:
        document = waiting.pop()
        if document not in reached:
            reached.add(document)
            waiting += _linked_documents(document)

    assert [relative(path) for path in _documents() if path.resolve() not in reached] == []


def _is_broken(document: Path, target: str) -> bool:
    if "://" in target or target.startswith("mailto:"):
        return False
    path, _, anchor = target.partition("#")
    leads_to = (document.parent / path).resolve() if path else document
    if not leads_to.exists():
        return True
    return bool(anchor) and anchor not in _anchors(leads_to)


def _linked_documents(document: Path) -> list[Path]:
    targets = (found["target"].partition("#")[0] for found in _LINK.finditer(_prose(document)))
    paths = ((document.parent / target).resolve() for target in targets if target.endswith(".md"))
    return [path for path in paths if path.exists()]


@cache
def _anchors(document: Path) -> frozenset[str]:
    """Return what a heading can be addressed by; of equal ones the later are numbered."""
    seen: Counter[str] = Counter()
    anchors = []
    for heading in _HEADING.finditer(_prose(document)):
        words = re.sub(r"[^\w\- ]", "", heading["text"].lower()).replace(" ", "-")
        anchors.append(f"{words}-{seen[words]}" if seen[words] else words)
        seen[words] += 1
    return frozenset(anchors)


def _prose(document: Path) -> str:
    return _CODE.sub("", document.read_text(encoding="utf-8"))
