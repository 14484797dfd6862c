"""The reference of cron has every warning, macro and field, and where others differ."""

import re

import pytest

from tenantry.scheduling.cron.expression import MACROS, MAX_LENGTH
from tenantry.scheduling.cron.warning import WARNINGS
from tests.support.cron_vectors import NOT_CLAIMED
from tests.support.repository import ROOT

pytestmark = pytest.mark.docs

PAGE = (ROOT / "docs/reference/cron.md").read_text(encoding="utf-8")


def test_every_warning_is_documented_in_its_order() -> None:
    assert re.findall(r"^\| `(\w+)` \|", _section("Warnings"), re.MULTILINE) == list(WARNINGS)


def test_every_macro_is_documented_with_what_it_is() -> None:
    rows = re.findall(r"^\| (`@.+) \| `(.+)` \|$", PAGE, re.MULTILINE)
    documented = {name: meaning for names, meaning in rows for name in re.findall("@[a-z]+", names)}

    assert documented == MACROS


def test_the_longest_expression_is_documented() -> None:
    assert f"at most {MAX_LENGTH:,} characters" in " ".join(PAGE.split())


def test_each_way_in_which_others_differ_is_documented() -> None:
    rows = re.findall(r"^\| (.+?) \|", _section("What other programs read otherwise"), re.MULTILINE)

    assert [reason for reason in NOT_CLAIMED if reason not in rows] == []


def _section(title: str) -> str:
    _, _, behind = PAGE.partition(f"\n## {title}\n")
    return behind.partition("\n## ")[0]
