"""The reference of the linter has every code as it is."""

import pytest

from tenantry.clients.model import CODES
from tenantry.clients.rules.linting import RULES
from tests.support.repository import ROOT

pytestmark = pytest.mark.docs

PAGE = (ROOT / "docs/reference/clients-lint.md").read_text(encoding="utf-8")


def test_every_code_is_documented_with_its_severity_and_meaning() -> None:
    rows = [line.strip("| ").split(" | ") for line in PAGE.splitlines() if line.startswith("| `")]

    assert [tuple(row[:3]) for row in rows] == [
        (f"`{code}`", RULES[code].severity, RULES[code].what) for code in CODES
    ]


def test_every_code_has_a_rule() -> None:
    assert tuple(RULES) == CODES
