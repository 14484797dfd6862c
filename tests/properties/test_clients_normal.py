"""Normal form: what is written otherwise is the same, and what is exported is what it was."""

import random
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tenantry.base.yaml import read_yaml
from tenantry.clients.model import ClientState, Component, Desired, Item, Menu, Route
from tenantry.clients.remote import render_client
from tenantry.clients.rules import desired_of, digest_of, exported, normal, parse, preview
from tests.support.clients import CONFIGS, DIGEST_KEY

TYPES: dict[str, Any] = {"routes": Route, "menus": Menu, "components": Component}


def desired(raw: dict[str, Any]) -> Desired:
    return desired_of(parse(raw), tenant_id="t1", variables={}, digest_key=DIGEST_KEY)


def stored(it: Desired) -> ClientState:
    """Return what would be read of it again: all of it has been JSON meanwhile."""
    kinds: dict[str, Any] = {}
    for kind, of in TYPES.items():
        values = it.values_of(kind)
        kinds[kind] = (
            None
            if values is None
            else tuple(
                Item(str(index), msgspec.json.decode(msgspec.json.encode(value), type=of))
                for index, value in enumerate(values)
            )
        )
    fields = msgspec.json.decode(msgspec.json.encode(it.fields))
    return ClientState(tenant_id="t1", key=it.key, client_id="c", fields=fields, **kinds)


def content(it: Desired) -> tuple[Any, ...]:
    return (it.key, it.fields, it.routes, it.menus, it.components, preview(None, it).digest)


def shuffled(value: Any, chance: random.Random) -> Any:
    """Return the same with its keys, and its roles, in another order."""
    if isinstance(value, dict):
        names = chance.sample(list(value), len(value))
        return {
            name: chance.sample(value[name], len(value[name]))
            if name in ("roles", "applicationRoles")
            else shuffled(value[name], chance)
            for name in names
        }
    return [shuffled(item, chance) for item in value] if isinstance(value, list) else value


@given(CONFIGS)
def test_what_is_stored_is_equal_to_what_was_declared(raw: dict[str, Any]) -> None:
    # Q1
    it = desired(raw)
    state = stored(it)
    collections = [
        None if items is None else [item.value for item in items]
        for items in (state.routes, state.menus, state.components)
    ]

    assert collections == [
        None if values is None else list(values) for values in (it.routes, it.menus, it.components)
    ]
    assert state.fields == it.fields
    assert digest_of(state) == preview(None, it).digest


@given(CONFIGS)
def test_the_normal_form_is_its_own(raw: dict[str, Any]) -> None:
    it = desired(raw)

    for value in (*(it.routes or ()), *(it.menus or ()), *(it.components or ())):
        assert normal(value) is value or normal(value) == value
        assert msgspec.json.encode(normal(value)) == msgspec.json.encode(value)


@given(CONFIGS)
def test_an_export_is_what_it_was_exported_from(raw: dict[str, Any]) -> None:
    it = desired(raw)

    assert content(desired(exported(stored(it)))) == content(it)


@given(CONFIGS)
def test_what_is_written_to_a_file_reads_back_the_same(raw: dict[str, Any]) -> None:
    it = exported(stored(desired(raw)))

    assert read_yaml(render_client(it, "yaml").decode(), source="x") == it
    assert msgspec.json.decode(render_client(it, "json")) == it


@given(CONFIGS, st.randoms(use_true_random=False))
def test_the_order_of_keys_and_roles_means_nothing(
    raw: dict[str, Any], chance: random.Random
) -> None:
    assert content(desired(shuffled(raw, chance))) == content(desired(raw))


@given(CONFIGS)
def test_what_is_absent_stays_absent_and_what_is_empty_stays_empty(raw: dict[str, Any]) -> None:
    # Q13
    it = desired(raw)

    for kind in TYPES:
        assert (it.values_of(kind) is None) == (kind not in raw)
    assert set(it.fields) == set(raw) - {"key", *TYPES}
