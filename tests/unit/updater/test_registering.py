"""What modules of a team register, and what is said where they do not."""

import sys
from pathlib import Path

import pytest

from tenantry.app.updater_parts import registry_of
from tenantry.base.errors import Invalid
from tenantry.settings import load_settings

WRONG = {
    "no_such_module_of_a_team": None,
    "team_without_register": "",
    "team_that_raises": "raise RuntimeError('on import')",
    "team_with_half_an_updater": """
from tenantry.updater import BaseUpdater

class Half(BaseUpdater):
    name = "half"
    schedule_key = "half"
    cron = "0 0 * * * *"

def register(registry):
    registry.register(Half())
""",
}


@pytest.mark.parametrize("name", WRONG)
def test_a_module_that_registers_nothing_is_told_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    source = WRONG[name]
    if source is not None:
        (tmp_path / f"{name}.py").write_text(source)
    monkeypatch.syspath_prepend(str(tmp_path))
    settings = load_settings({"DATABASE_UPDATER_MODULES": name}, cwd=tmp_path, is_terminal=False)

    with pytest.raises(Invalid, match=f"DATABASE_UPDATER_MODULES: got .*{name}"):
        registry_of(settings)
    sys.modules.pop(name, None)
