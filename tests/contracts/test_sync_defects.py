"""None of the eleven defects of the original is inherited: each is a test that names it."""

import re
from collections.abc import Iterator

import pytest

from tests.support.repository import ROOT

pytestmark = pytest.mark.docs

DEFECTS = {
    "S1": "only the first page is read, which is called success",
    "S2": "activities hide their failures, so nothing is tried again and workflows look completed",
    "S3": "tokens are arguments of workflows, and so kept in clear in their history",
    "S4": "each login begins a workflow of its own, and the lock never blocks",
    "S5": "a fallback neither cancels nor fences the workflow, or succeeds without data",
    "S6": "a time-out has a type of its own, and the sync that took too long goes on",
    "S7": "a sync whose background has failed is complete, and never tried again",
    "S8": "status, progress and statistics raise, and no lock is ever released",
    "S9": "without role assignments a login goes on, and keys cross tenants",
    "S10": "what was complete once is never synced again, and flags need a restart",
    "S11": "metrics are of one process and without percentiles, and logs of tenants mix",
}

_TEST = re.compile(r"^(?:async )?def (test_\w+)", re.MULTILINE)


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_test_names_the_defect(defect: str) -> None:
    assert [*_tests_of(defect)], DEFECTS[defect]


def _tests_of(defect: str) -> Iterator[str]:
    """Yield the tests whose first line names a defect: `Defect S1: …`."""
    named = re.compile(rf"Defects? (?:S\d+, )*{defect}\b")
    for path in sorted((ROOT / "tests").rglob("test_sync_*.py")):
        parts = _TEST.split(path.read_text(encoding="utf-8"))
        for name, body in zip(parts[1::2], parts[2::2], strict=True):
            if named.search(body):
                yield name
