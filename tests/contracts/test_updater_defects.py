"""None of the ten defects of the original is inherited: each is a test that names it."""

import re
from collections.abc import Iterator

import pytest

from tests.support.repository import ROOT

pytestmark = pytest.mark.docs

DEFECTS = {
    "U1": "cron is not evaluated at all: everything runs every five minutes",
    "U2": "knobs are dead: timeouts, retries, limits, enabled updaters and variables do nothing",
    "U3": "success lies: a failure is told as executed successfully, and tests always pass",
    "U4": "dry runs return no rows, metrics no counters, and health is always healthy",
    "U5": "columns are written that do not exist, so source and deal value stay at defaults",
    "U6": "ticket numbers are taken twice",
    "U7": "rows contradict themselves, lie in the future, and never progress",
    "U8": "telephone numbers and domains are real people's",
    "U9": "nobody is asked for a permission, every process runs all, and a bad config stops all",
    "U10": "runs overlap, nothing is caught up, and a restart forgets everything",
}

_TEST = re.compile(r"^(?:async )?def (test_\w+)", re.MULTILINE)


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_test_names_the_defect(defect: str) -> None:
    assert [*_tests_of(defect)], DEFECTS[defect]


def _tests_of(defect: str) -> Iterator[str]:
    """Yield the tests whose first line names a defect: `Defect U1: …`."""
    named = re.compile(rf"Defects? (?:U\d+, )*{defect}\b")
    for path in sorted((ROOT / "tests").rglob("test_updater_*.py")):
        parts = _TEST.split(path.read_text(encoding="utf-8"))
        for name, body in zip(parts[1::2], parts[2::2], strict=True):
            if named.search(body):
                yield name
