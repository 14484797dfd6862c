"""None of the twenty defects of the original is inherited: each is a test that names it."""

import re
from collections.abc import Iterator

import pytest

from tests.support.repository import ROOT

pytestmark = pytest.mark.docs

DEFECTS = {
    "Q1": "nothing is ever unchanged, and every start mints new ids",
    "Q2": "a route that is known by its path is updated and removed at once",
    "Q3": "of duplicate keys all copies are written",
    "Q4": "a removed menu lives on",
    "Q5": "a start runs the sync twice",
    "Q6": "passwords are hashed anew at each start, and take the place of others",
    "Q7": "fields are lost without a word",
    "Q8": "a flag with nothing but a value is disabled",
    "Q9": "arguments as an object differ for ever",
    "Q10": "components of one client overwrite those of another",
    "Q11": "users who could not be made count as made",
    "Q12": "edits are overwritten at the next start",
    "Q13": "absent is not empty, or is, or is both",
    "Q14": "a client is created in parts",
    "Q15": "what was valid once is served for minutes",
    "Q16": "an origin of one tenant is let in to all",
    "Q17": "every route goes to everybody",
    "Q18": "figures have people and counts as labels",
    "Q19": "what is not set is an empty text",
    "Q20": "a node that did nothing looks like one that succeeded",
}

_TEST = re.compile(r"^(?:async )?def (test_\w+)", re.MULTILINE)


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_test_names_the_defect(defect: str) -> None:
    assert [*_tests_of(defect)], DEFECTS[defect]


def _tests_of(defect: str) -> Iterator[str]:
    """Yield the tests whose lines name a defect."""
    for path in sorted((ROOT / "tests").rglob("test_clients_*.py")) + sorted(
        (ROOT / "tests/unit/clients").rglob("test_*.py")
    ):
        if path.name == "test_clients_defects.py":
            continue
        parts = _TEST.split(path.read_text(encoding="utf-8"))
        for name, body in zip(parts[1::2], parts[2::2], strict=True):
            if re.search(rf"# .*\b{defect}\b", body):
                yield name
