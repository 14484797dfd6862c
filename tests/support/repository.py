"""The repository as data: its files, its declared dependencies, its lock, its import contracts."""

import configparser
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]

_UNTRACKED = {
    ".git",
    ".hypothesis",
    ".import_linter_cache",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    ".venv",
    "__pycache__",
    "build",
    "data",
    "dist",
}


def tracked_files() -> list[Path]:
    """Return every file that belongs to the repository, as `git` sees it where there is one."""
    if shutil.which("git") and (ROOT / ".git").exists():
        command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
        listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
        paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    else:
        paths = [path for path in ROOT.rglob("*") if not _UNTRACKED & set(_parts(path))]

    return sorted(path for path in paths if path.is_file())


def python_modules() -> list[Path]:
    """Return every Python file of the repository."""
    return [path for path in tracked_files() if path.suffix == ".py"]


def declared_dependencies() -> set[str]:
    """Return the normalised names of all that `pyproject.toml` depends on, its extras too."""
    project = pyproject()
    groups: dict[str, list[str]] = project["dependency-groups"]
    requirements = [*project["project"]["dependencies"]]
    extras: dict[str, list[str]] = project["project"]["optional-dependencies"]
    requirements += [requirement for extra in extras.values() for requirement in extra]
    requirements += [requirement for group in groups.values() for requirement in group]
    return {_name_of(requirement) for requirement in requirements}


def locked_requirements() -> dict[str, list[str]]:
    """Return the hashes of each requirement in the lock, by `name==version`."""
    locked: dict[str, list[str]] = {}
    current = ""

    for line in (ROOT / "requirements.lock").read_text().splitlines():
        if found := re.match(r"(\S+==\S+)", line):
            current = found[1]
            locked[current] = []
        elif found := re.match(r"\s+--hash=sha256:([0-9a-f]{64})( \\)?$", line):
            locked[current].append(found[1])

    return locked


def pyproject() -> dict[str, Any]:
    """Return `pyproject.toml`."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def import_contract(name: str) -> dict[str, list[str]]:
    """Return the options of a contract of `.importlinter`, each as its lines; none is empty."""
    parser = configparser.ConfigParser()
    parser.read(ROOT / ".importlinter")
    section = f"importlinter:contract:{name}"
    if not parser.has_section(section):
        return {}
    return {option: value.split() for option, value in parser.items(section)}


def relative(path: Path) -> str:
    """Return `path` as one writes it: from the root of the repository."""
    return path.relative_to(ROOT).as_posix()


def _parts(path: Path) -> tuple[str, ...]:
    return path.relative_to(ROOT).parts


def _name_of(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found, f"a requirement without a name: {requirement!r}"
    return re.sub(r"[-_.]+", "-", found[0]).lower()
