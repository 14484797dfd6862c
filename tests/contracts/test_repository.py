"""What the repository promises about itself, whatever the product does."""

import re
from pathlib import Path

import pytest

from tests.support.repository import (
    ROOT,
    declared_dependencies,
    import_contract,
    locked_requirements,
    python_modules,
    relative,
    tracked_files,
)

pytestmark = pytest.mark.docs

LONGEST_MODULE = 500
NAMES_THAT_SAY_NOTHING = {"common", "helper", "helpers", "manager", "managers", "util", "utils"}

# Written so that this file does not name what it looks for.
MACHINE_PATH = re.compile(r"(?<![\w.}-])/(?:root|work|home)/")
DOWNLOAD_HOST = re.compile(
    r"(?:pypi|npmjs|pythonhosted|debian|crates|docker|ghcr)\.(?:org|com|io)\b"
    r"|--(?:extra-)?index-url|--find[-]links"
)

FEATURE_FILES = {"service.py", "model.py", "errors.py"}


def test_no_file_names_a_path_of_one_machine() -> None:
    assert _lines_with(MACHINE_PATH) == []


def test_no_file_names_a_download_host() -> None:
    assert _lines_with(DOWNLOAD_HOST) == []


def test_the_lock_names_no_address() -> None:
    assert "://" not in (ROOT / "requirements.lock").read_text()


def test_the_lock_has_a_hash_for_every_requirement() -> None:
    locked = locked_requirements()

    assert locked
    assert [name for name, hashes in locked.items() if not hashes] == []


def test_every_declared_dependency_is_locked() -> None:
    locked = {requirement.split("==")[0] for requirement in locked_requirements()}

    assert sorted(declared_dependencies() - locked) == []


def test_every_dependency_is_explained_and_nothing_else_is() -> None:
    text = (ROOT / "docs/explanation/dependencies.md").read_text()
    explained = re.findall(r"^\| `([a-z0-9-]+)` \|", text, flags=re.MULTILINE)

    assert sorted(explained) == sorted(declared_dependencies())


def test_every_module_is_short_enough_to_read() -> None:
    lengths = {relative(path): len(_text(path).splitlines()) for path in python_modules()}

    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_MODULE} == {}


def test_every_module_and_package_is_named_for_what_it_is() -> None:
    named = {relative(path): set(_names_in(path)) for path in python_modules()}

    assert [name for name, parts in named.items() if parts & NAMES_THAT_SAY_NOTHING] == []


def test_every_feature_keeps_the_shape_and_is_used_through_its_facade() -> None:
    shaped = import_contract("feature-shape")["containers"]
    missing = []

    for feature in _features():
        if f"tenantry.{feature}" not in shaped:
            missing.append(f"{feature}: not in feature-shape")
        if not import_contract(f"facade-{feature}"):
            missing.append(f"{feature}: no contract facade-{feature}")

    assert missing == []


def test_every_decision_has_its_number_and_its_parts() -> None:
    decisions = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))
    numbers = [int(path.name[:4]) for path in decisions]

    assert numbers == list(range(1, len(decisions) + 1))
    for path in decisions:
        headings = re.findall(r"^## (.+)$", _text(path), flags=re.MULTILINE)
        assert headings == ["Context", "Decision", "Consequences"], relative(path)


def _features() -> list[str]:
    """Return the packages that look like a feature: those with the files every feature has."""
    packages = (path for path in (ROOT / "src/tenantry").iterdir() if path.is_dir())
    return sorted(
        package.name
        for package in packages
        if {path.name for path in package.iterdir()} >= FEATURE_FILES
    )


def _lines_with(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{relative(path)}:{number}: {line.strip()}"
        for path in tracked_files()
        for number, line in enumerate(_text(path).splitlines(), start=1)
        if pattern.search(line)
    ]


def _names_in(path: Path) -> list[str]:
    inside = path.relative_to(ROOT)
    return [*inside.parent.parts, inside.stem]


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")
