"""The reference page and the table of settings say the same."""

import re
from pathlib import Path

import pytest

from tenantry.settings import SETTINGS, Setting

pytestmark = pytest.mark.docs

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "settings.md"
ROW = re.compile(r"^\| `(?P<variable>[A-Z_]+)` \| (?P<rest>.*) \|$", re.MULTILINE)


def _documented() -> dict[str, str]:
    return {row["variable"]: row["rest"] for row in ROW.finditer(PAGE.read_text())}


def test_every_setting_is_documented_and_every_documented_one_exists() -> None:
    assert list(_documented()) == [setting.variable for setting in SETTINGS]


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: str(setting.variable))
def test_a_setting_is_documented_as_it_is(setting: Setting) -> None:
    cells = [cell.strip() for cell in _documented()[setting.variable].split(" | ")]

    assert cells == [
        setting.kind.name,
        f"`{setting.default}`" if setting.default else "-",
        f"`{setting.flag}`" if setting.flag else "-",
        setting.meaning,
        setting.kind.wants,
    ]
