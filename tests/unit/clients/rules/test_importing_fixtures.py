"""The two real configurations, and all that an import makes otherwise in them."""

import copy
from typing import Any

import msgspec
import pytest

from tenantry.clients.model import ClientConfig, Imported
from tenantry.clients.rules import imported
from tests.support.client_files import NAMES, original

_BOOKKEEPING = "left out: the original's own bookkeeping"
_FLAG = "on: the original took a flag for off that does not say so, whatever its value"
_SALT = "left out: salts are made here, for each password its own"
_HIDDEN = "(not shown)"


def told(result: Imported) -> list[tuple[Any, ...]]:
    """Return the changes as a table: path, what, before, after."""
    rows: list[tuple[Any, ...]] = []
    for change in result.changes:
        values = (change.before, change.after)
        rows.append(
            (change.path, change.what, *(None if v is msgspec.UNSET else v for v in values))
        )
    return rows


def variable(path: str, name: str, times: str) -> tuple[Any, ...]:
    what = (
        "a variable that is not set was empty, and stays so by its default; used "
        f"{times}: list {name} in CLIENT_VARS to have it read from the environment"
    )
    return path, what, f"${{{name}}}", f"${{{name}:}}"


def test_all_that_changes_in_the_configuration_of_reactory() -> None:
    assert told(imported(original("reactory"))) == [
        ("$.featureFlags[0].enabled", _FLAG, None, True),
        ("$.featureFlags[1].enabled", _FLAG, None, True),
        ("$.routes[0].id", _BOOKKEEPING, "0", None),
        ("$.routes[1].id", _BOOKKEEPING, "5", None),
        ("$.routes[8].id", _BOOKKEEPING, "3", None),
        ("$.routes[9].id", _BOOKKEEPING, "1", None),
        ("$.routes[10].id", _BOOKKEEPING, "2", None),
        ("$.salt", _SALT, _HIDDEN, None),
        variable("$.avatar", "CDN_ROOT", "6 times"),
        variable("$.password", "REACTORY_APPLICATION_PASSWORD", "2 times"),
        variable("$.emailApiKey", "SENDGRID_API_KEY", "once"),
        variable("$.settings[2].data.password", "REDACTED_PASSWORD", "once"),
        variable("$.whitelist[0]", "API_URI_ROOT", "5 times"),
        variable("$.users[1].password", "REACTORY_APPLICATION_ANONUSER_PASSWORD", "once"),
    ]


def test_all_that_changes_in_the_configuration_of_towerstone() -> None:
    argument = {"key": "minimal", "value": {"minimal": False}}

    assert told(imported(original("towerstone"))) == [
        ("$.routes[0].id", _BOOKKEEPING, "0", None),
        ("$.routes[1].id", _BOOKKEEPING, "3", None),
        ("$.routes[2].id", _BOOKKEEPING, "1", None),
        ("$.routes[3].id", _BOOKKEEPING, "2", None),
        ("$.routes[4].id", _BOOKKEEPING, "99", None),
        ("$.routes[7].args", "a list of one", argument, [argument]),
        ("$.salt", _SALT, _HIDDEN, None),
        variable("$.avatar", "CDN_ROOT", "5 times"),
        variable("$.password", "REACTORY_APPLICATION_PASSWORD_TOWERSTONE", "once"),
        variable("$.emailApiKey", "SENDGRID_API_KEY", "once"),
        variable("$.auth_config[3].options.clientID", "REDACTED_CLIENTID", "once"),
        variable("$.auth_config[3].options.redirectUrl", "API_URI_ROOT", "once"),
        variable("$.auth_config[3].options.clientSecret", "REDACTED_CLIENTSECRET", "once"),
    ]


@pytest.mark.parametrize("name", NAMES)
def test_all_else_is_as_it_was(name: str) -> None:
    raw = _without_what_changes(original(name))
    result = imported(raw)

    assert result.changes == ()
    assert result.config == raw


@pytest.mark.parametrize("name", NAMES)
def test_a_real_configuration_is_valid_when_it_is_imported(name: str) -> None:
    raw = original(name)
    before = copy.deepcopy(raw)

    config = msgspec.convert(imported(raw).config, ClientConfig)

    assert raw == before
    assert isinstance(config.routes, tuple)
    assert len(config.routes) == len(raw["routes"])
    assert [route.path for route in config.routes] == [route["path"] for route in raw["routes"]]


@pytest.mark.parametrize("name", NAMES)
def test_what_the_front_end_fills_in_itself_stays(name: str) -> None:
    raw = original(name)

    assert _front_end_texts(imported(raw).config) == _front_end_texts(raw)


def _without_what_changes(raw: dict[str, Any]) -> dict[str, Any]:
    """Return a configuration in which what the tables above name is right already."""
    text = msgspec.json.encode(raw).decode()
    for row in told(imported(raw)):
        if row[1].startswith("a variable"):
            text = text.replace(row[2], row[3])
    raw = msgspec.json.decode(text)

    del raw["salt"]
    for route in raw["routes"]:
        route.pop("id", None)
        if isinstance(route.get("args"), dict):
            route["args"] = [route["args"]]
    for flag in raw.get("featureFlags", ()):
        flag["enabled"] = True
    return raw


def _front_end_texts(value: Any) -> list[str]:
    texts = msgspec.json.encode(value).decode().split("${")
    return sorted(text.partition("}")[0] for text in texts if text[:1].islower())
