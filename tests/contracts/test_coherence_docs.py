"""The reference of coherence has every code as it is."""

import pytest

from tenantry.updater.rules.coherence import COHERENCE_RULES
from tenantry.updater.rules.safety import SAFETY_RULES
from tests.support.repository import ROOT

pytestmark = pytest.mark.docs

PAGE = (ROOT / "docs/reference/coherence.md").read_text(encoding="utf-8")


def test_every_code_is_documented_with_its_table_and_meaning() -> None:
    rows = [line.strip("| ").split(" | ") for line in PAGE.splitlines() if line.startswith("| `")]

    assert [tuple(cell.strip("`") for cell in row) for row in rows] == [
        (code, rule.table, rule.what) for code, rule in {**COHERENCE_RULES, **SAFETY_RULES}.items()
    ]


def test_no_rule_has_the_code_of_another() -> None:
    assert not set(COHERENCE_RULES) & set(SAFETY_RULES)
