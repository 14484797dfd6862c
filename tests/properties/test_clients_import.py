"""Whatever mistakes a real configuration has, its import is valid and tells all it changed."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantry.clients.errors import InvalidClient
from tenantry.clients.model import ClientConfig
from tenantry.clients.model.imported import ImportChange, Imported
from tenantry.clients.rules.importing.secrets import HIDDEN
from tenantry.clients.rules.reactory import imported
from tests.properties.client_mutations import mutated
from tests.support.client_files import NAMES, leaves, original

_VARIABLE = re.compile(r"\$\{([A-Z][A-Z0-9_]*)\}")
_INDEX = re.compile(r"\[\d+\]")
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
_FIELDS = st.sampled_from([field.encode_name for field in msgspec.structs.fields(ClientConfig)])


def identities(config: ClientConfig) -> list[list[str]]:
    """Return what the items of each collection are known by."""
    return [
        [route.key or route.path for route in config.routes or ()],
        [menu.key for menu in config.menus or ()],
        [f"{each.name_space}.{each.name}@{each.version}" for each in config.components or ()],
        [user.email.casefold() for user in config.users or ()],
        [setting.name for setting in config.settings or ()],
        [theme.name for theme in config.themes or ()],
        [each.provider for each in config.auth_config or ()],
        [plugin.id for plugin in config.plugins or ()],
    ]


def unaccounted(before: Any, result: Imported) -> Counter[tuple[str, str]]:
    """Return the values that are not there any more, though no change tells of them."""
    reported = [change.path for change in result.changes]
    kept = Counter(_place(*leaf) for leaf in leaves(result.config))
    left = [leaf for leaf in leaves(before) if not _is_under(leaf[0], reported)]
    return Counter(_place(*leaf) for leaf in left) - kept


def _place(path: str, value: Any) -> tuple[str, str]:
    filled = _VARIABLE.sub(r"${\1:}", value) if isinstance(value, str) else value
    return _INDEX.sub("[]", path), repr(filled)


def _is_under(path: str, reported: Sequence[str]) -> bool:
    return any(path == each or path.startswith((f"{each}.", f"{each}[")) for each in reported)


def without_variables(changes: Sequence[ImportChange]) -> list[ImportChange]:
    return [change for change in changes if "CLIENT_VARS" not in change.what]


@given(mutated())
def test_a_mutated_original_becomes_a_valid_declaration_and_nothing_is_lost_unsaid(
    raw: dict[str, Any],
) -> None:
    before = msgspec.msgpack.decode(msgspec.msgpack.encode(_encodable(raw)))

    result = imported(raw)

    assert _encodable(raw) == before
    told = Imported(config=result.config, changes=tuple(without_variables(result.changes)))
    assert not unaccounted(raw, told)
    config = msgspec.convert(result.config, ClientConfig)
    for known in identities(config):
        assert len(set(known)) == len(known)


@given(mutated())
def test_what_was_imported_is_imported_without_a_change(raw: dict[str, Any]) -> None:
    once = imported(raw)

    again = imported(once.config)

    assert again.changes == ()
    assert again.config == once.config


@given(mutated())
def test_no_report_shows_anything_of_a_user(raw: dict[str, Any]) -> None:
    result = imported(raw)

    for change in result.changes:
        is_of_user = re.match(r"\$\.users\W.", change.path) is not None
        if is_of_user and "CLIENT_VARS" not in change.what and change.what != "renamed":
            assert {change.before, change.after} <= {msgspec.UNSET, HIDDEN}


@given(st.dictionaries(_FIELDS | st.text(), _JSON, max_size=6))
def test_any_object_is_imported_or_refused_with_reasons(raw: dict[str, Any]) -> None:
    try:
        result: Imported | None = imported(raw)
    except InvalidClient as error:
        result = None
        reasons = len(error.errors)
    else:
        reasons = 0

    assert (result is None) == (reasons > 0)
    if result is not None:
        _check_twice(result)


def _check_twice(result: Imported) -> None:
    msgspec.convert(result.config, ClientConfig)
    again = imported(result.config)
    assert (again.config, again.changes) == (result.config, ())
    msgspec.json.encode(result)


@pytest.mark.parametrize("name", NAMES)
def test_of_a_real_configuration_nothing_is_lost_unsaid(name: str) -> None:
    raw = original(name)
    result = imported(raw)

    told = Imported(config=result.config, changes=tuple(without_variables(result.changes)))
    assert not unaccounted(raw, told)


def _encodable(value: Any) -> Any:
    """Return a value with integers that no encoder takes as texts."""
    if isinstance(value, dict):
        return {name: _encodable(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_encodable(each) for each in value]
    return str(value) if isinstance(value, int) and abs(value) >= 2**63 else value
