"""The reference page and the commands say the same."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import typer.main

from tenantry.cli import app
from tenantry.terminal import ExitCode

pytestmark = pytest.mark.docs

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "cli.md").read_text()
HEADING = re.compile(r"### `tenantry (?P<command>[a-z -]+?)(?: (?P<arguments>[A-Z\[].*))?`\n\n")
ROW = re.compile(r"^\| `(?P<name>[^`]+)` \| (?P<help>.*) \|$", re.MULTILINE)
ROOT: Any = typer.main.get_command(app)


class Entry(NamedTuple):
    """A command: its arguments, the first paragraph of its help, and a row for each parameter."""

    arguments: str
    help: str
    rows: dict[str, str]


def documented() -> dict[str, Entry]:
    """Return each command of the page, by its name."""
    found = {}
    for section in re.split(r"^(?=##)", PAGE, flags=re.MULTILINE):
        if heading := HEADING.match(section):
            paragraph = section[heading.end() :].split("\n\n")[0].replace("\n", " ").strip()
            found[heading["command"]] = Entry(heading["arguments"] or "", paragraph, rows(section))
    return found


def defined(group: Any = ROOT, *path: str) -> Iterator[tuple[str, Entry]]:
    """Yield each command there is, and its name; groups are none."""
    for name in group.list_commands(None):
        command = group.get_command(None, name)
        if hasattr(command, "list_commands"):
            yield from defined(command, *path, name)
        else:
            yield " ".join((*path, name)), entry_of(command)


def entry_of(command: Any) -> Entry:
    """Return what a command says of itself; the options of every command are left out."""
    shared = {parameter.name for parameter in ROOT.params}
    own = [parameter for parameter in command.params if parameter.name not in shared]
    arguments = {argument_of(p): p.help for p in own if p.param_type_name == "argument"}
    options = {option_of(p): p.help for p in own if p.param_type_name == "option"}
    paragraph = command.help.split("\n\n")[0].replace("\n", " ")
    return Entry(" ".join(arguments), paragraph, {**arguments, **options})


def argument_of(parameter: Any) -> str:
    """Return `NAME`, or `[NAME]` where it may be left out."""
    name: str = parameter.metavar or parameter.name.upper()
    return name if parameter.required else f"[{name}]"


def option_of(parameter: Any) -> str:
    """Return the names of an option, the short one first, and what it takes."""
    names = ", ".join(sorted(parameter.opts, key=len))
    return f"{names} {parameter.metavar}" if parameter.metavar else names


def rows(section: str) -> dict[str, str]:
    """Return the rows of a section's table."""
    found = ROW.finditer(section)
    return {row["name"].replace("\\|", "|"): row["help"] for row in found}


def section_of(title: str) -> str:
    """Return the section under `title`."""
    return PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]


def test_every_command_is_documented_and_every_documented_one_exists() -> None:
    assert list(documented()) == sorted(name for name, _ in defined())


@pytest.mark.parametrize("name, entry", [*defined()], ids=[name for name, _ in defined()])
def test_a_command_is_documented_as_it_is(name: str, entry: Entry) -> None:
    assert documented().get(name) == entry


def test_the_options_of_every_command_are_documented() -> None:
    shared = {option_of(parameter): parameter.help for parameter in ROOT.params}

    assert rows(section_of("Options of every command")) == shared


def test_the_exit_codes_are_documented() -> None:
    codes = re.findall(r"^\| (\d+) \|", section_of("Exit codes"), re.MULTILINE)

    assert [int(code) for code in codes] == list(ExitCode)
