"""A change is shown by the fields that change, and by nothing else."""

from typing import Any

import pytest
from msgspec import UNSET

from tenantry.clients.model import (
    Argument,
    FieldChange,
    Menu,
    MenuEntry,
    Part,
    Region,
    Route,
)
from tenantry.clients.rules import changes_of_fields, field_changes


def _shown(before: Any, after: Any) -> dict[str, tuple[Any, Any]]:
    return {change.path: (change.before, change.after) for change in field_changes(before, after)}


def _route(**fields: Any) -> Route:
    return Route(path="/", key="home", **fields)


def test_only_the_fields_that_change_are_shown_and_defaults_by_their_value() -> None:
    shown = _shown(_route(title="Home"), _route(title="Start", public=True))

    assert shown == {"title": ("Home", "Start"), "public": (False, True)}


def test_a_nested_object_is_gone_into_and_a_list_is_shown_whole() -> None:
    before = _route(component_props={"slug": "a", "page": {"size": 1, "tags": [1, 2]}})
    after = _route(component_props={"slug": "a", "page": {"tags": [2], "sort": "up"}})

    assert _shown(before, after) == {
        "componentProps.page.size": (1, UNSET),
        "componentProps.page.tags": ([1, 2], [2]),
        "componentProps.page.sort": (UNSET, "up"),
    }


def test_roles_are_shown_whole() -> None:
    assert _shown(_route(roles=("ADMIN",)), _route(roles=("ADMIN", "USER"))) == {
        "roles": (["ADMIN"], ["ADMIN", "USER"])
    }


def test_arguments_are_shown_by_their_keys() -> None:
    before = _route(args=(Argument(key="slug", value="a"), Argument(key="old", value=1)))
    after = _route(args=(Argument(key="slug", value="b"), Argument(key="new", value=2)))

    assert _shown(before, after) == {
        "args[slug].value": ("a", "b"),
        "args[old]": ({"key": "old", "value": 1}, UNSET),
        "args[new]": (UNSET, {"key": "new", "value": 2}),
    }


def test_another_order_of_parts_is_a_change_that_names_them() -> None:
    one, other = Argument(key="a"), Argument(key="b")

    assert _shown(_route(args=(one, other)), _route(args=(other, one))) == {
        "args": (["a", "b"], ["b", "a"])
    }


def test_an_entry_that_comes_before_the_others_is_one_change() -> None:
    old = (MenuEntry(title="Home", link="/"), MenuEntry(title="Me", link="/me"))
    new = (MenuEntry(title="Ad", link="/ad"), old[0], MenuEntry(title="I", link="/me"))

    assert _shown(Menu(key="m", entries=old), Menu(key="m", entries=new)) == {
        "entries[/me].title": ("Me", "I"),
        "entries[/ad]": (UNSET, {"title": "Ad", "link": "/ad"}),
    }


def test_parts_that_have_no_name_of_their_own_are_shown_by_their_index() -> None:
    one, other = Part(component_fqn="a"), Part(component_fqn="a", props={"x": 1})

    assert _shown(_route(components=(one, one)), _route(components=(one, other))) == {
        "components[1].props.x": (UNSET, 1)
    }


def test_a_part_that_was_not_there_is_shown_whole() -> None:
    assert _shown(_route(), _route(header=Region(title="Hi"))) == {
        "header": (None, {"title": "Hi"})
    }


@pytest.mark.parametrize("before, after", [(1, True), (0, False), (1, 1.0), ("1", 1), (None, 0)])
def test_what_is_another_value_to_a_front_end_is_a_change(before: Any, after: Any) -> None:
    assert _shown(_route(background=before), _route(background=after)) == {
        "background": (before, after)
    }


def test_names_in_another_order_are_no_change() -> None:
    before = _route(component_props={"a": 1, "b": {"c": 1, "d": 2}})
    after = _route(component_props={"b": {"d": 2, "c": 1}, "a": 1})

    assert not field_changes(before, after)


def test_fields_of_a_client_are_shown_by_the_names_of_their_parts() -> None:
    before = {"settings": [{"name": "new_user_roles", "data": ["USER"]}], "mode": "test"}
    after = {
        "settings": [{"name": "new_user_roles", "data": ["ANON"], "title": "Roles"}],
        "siteUrl": "https://shop.example.com",
    }

    assert changes_of_fields(before, after) == (
        FieldChange(path="mode", before="test"),
        FieldChange(path="settings[new_user_roles].title", before="", after="Roles"),
        FieldChange(path="settings[new_user_roles].data", before=["USER"], after=["ANON"]),
        FieldChange(path="siteUrl", after="https://shop.example.com"),
    )


def test_a_field_that_is_not_as_it_should_be_is_shown_all_the_same() -> None:
    assert changes_of_fields({"settings": 1}, {"settings": []}) == (
        FieldChange(path="settings", before=1, after=[]),
    )
