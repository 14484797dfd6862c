"""Settings that a program declares: read at once, judged together, told without a secret."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from tenantry.base.secret import masked_url
from tenantry.reliability import (
    Kind,
    Secret,
    Setting,
    SettingsError,
    read_settings,
    settings_summary,
)

TABLE = (
    Setting(variable="POOL_MAX", kind=Kind.integer(1, 100), default="10", meaning="Connections."),
    Setting(variable="MODE", kind=Kind.choice("test", "live"), default="test", meaning="What for."),
    Setting(variable="RATE", kind=Kind.number(0, 10, of="requests"), default="0.5", meaning="R."),
    Setting(variable="VERBOSE", kind=Kind.boolean(), default="no", meaning="Says more."),
    Setting(variable="FOLDER", kind=Kind.path("folder"), meaning="Where to."),
    Setting(variable="API_KEY", kind=Kind.secret(), meaning="Opens it.", is_secret=True),
    Setting(variable="OWNER", kind=Kind.text(), meaning="Whose.", is_required=True),
)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    pool_max: int
    mode: str
    rate: float
    verbose: bool
    folder: Path | None
    api_key: Secret | None
    owner: str


def problems(**environ: str) -> list[str]:
    error = read_settings(TABLE, {"OWNER": "ada", **environ}, into=Settings).error
    return [str(problem) for problem in error.problems]


def test_what_is_not_set_has_its_default() -> None:
    assert read_settings(TABLE, {"OWNER": "ada"}, into=Settings).data == Settings(
        pool_max=10, mode="test", rate=0.5, verbose=False, folder=None, api_key=None, owner="ada"
    )


def test_what_is_set_is_read_as_its_kind() -> None:
    environ = {
        "POOL_MAX": " 20 ",
        "MODE": "LIVE",
        "RATE": "2",
        "VERBOSE": "on",
        "FOLDER": "/srv",
        "API_KEY": "sk-1",
        "OWNER": "ada",
        "PATH": "somebody else's",
    }

    assert read_settings(TABLE, environ, into=Settings).data == Settings(
        pool_max=20,
        mode="live",
        rate=2.0,
        verbose=True,
        folder=Path("/srv"),
        api_key=Secret(b"sk-1"),
        owner="ada",
    )


def test_every_problem_is_told_at_once_with_what_it_got_and_what_it_wants() -> None:
    result = read_settings(TABLE, {"POOL_MAX": "0", "MODE": "x", "RATE": "nan"}, into=Settings)

    with pytest.raises(SettingsError) as raised:
        result.unwrap()
    assert str(raised.value) == (
        "4 settings are wrong:\n"
        "  POOL_MAX (environment): got '0', wants an integer from 1 to 100\n"
        "  MODE (environment): got 'x', wants test or live\n"
        "  RATE (environment): got 'nan', wants a number of requests from 0 to 10\n"
        "  OWNER (environment): got nothing, wants text"
    )


def test_an_empty_value_is_not_taken_for_none() -> None:
    assert problems(VERBOSE="", OWNER="  ") == [
        "VERBOSE (environment): got an empty value, wants true or false",
        "OWNER (environment): got an empty value, wants text",
    ]


def test_a_long_wrong_value_is_told_by_its_beginning() -> None:
    (problem,) = problems(MODE="x" * 1000)

    assert problem == f"MODE (environment): got '{'x' * 64}…', wants test or live"


def test_a_wrong_default_is_told_too() -> None:
    table = (Setting(variable="PORT", kind=Kind.integer(1, 9), default="10", meaning="A port."),)

    error = read_settings(table, {}, into=dict).error
    assert str(error.problems[0]) == "PORT (default): got '10', wants an integer from 1 to 9"


def test_a_secret_is_shown_nowhere() -> None:
    number = Setting(variable="PIN", kind=Kind.integer(1, 9), meaning="A pin.", is_secret=True)
    settings = read_settings(TABLE, {"OWNER": "ada", "API_KEY": "sk-1"}, into=Settings).unwrap()
    wrong = read_settings([number], {"PIN": "4711"}, into=dict).error

    shown = [repr(settings), settings_summary(TABLE, settings), wrong, wrong.details]
    assert "sk-1" not in str(shown)
    assert "4711" not in str(shown)
    assert wrong.__cause__ is wrong.__context__ is None
    assert settings.api_key is not None
    assert settings.api_key.reveal() == b"sk-1"


def test_a_summary_is_text_by_variable() -> None:
    settings = read_settings(TABLE, {"OWNER": "ada", "API_KEY": "sk-1"}, into=Settings).unwrap()

    assert settings_summary(TABLE, settings) == {
        "POOL_MAX": "10",
        "MODE": "test",
        "RATE": "0.5",
        "VERBOSE": "false",
        "FOLDER": "",
        "API_KEY": "[redacted]",
        "OWNER": "ada",
    }


def test_a_kind_may_show_a_part_of_a_secret() -> None:
    kind = Kind("URL", str, "a URL", mask=masked_url)
    table = [Setting(variable="SOURCE", kind=kind, meaning="From where.", is_secret=True)]
    values: Any = read_settings(table, {"SOURCE": "https://ada:pw@host/x"}, into=Source).unwrap()

    assert settings_summary(table, values) == {"SOURCE": "https://ada:[redacted]@host/x"}


class Source(msgspec.Struct, frozen=True):
    source: str
