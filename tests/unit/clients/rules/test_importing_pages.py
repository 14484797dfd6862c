"""Routes and menus of an original, and what an import makes of them."""

from typing import Any

import pytest

from tests.support.client_imports import of, of_route, paths


@pytest.mark.parametrize(
    "before, after",
    [
        ("login", "/login"),
        ("./login", "/login"),
        ("", "/"),
        ("inbox/**", "/inbox/**"),
        (":slug", "/:slug"),
    ],
)
def test_a_relative_path_is_one_from_the_root(before: str, after: str) -> None:
    found, result = of_route(path=before)

    assert found["path"] == after
    assert paths(result) == ["$.routes[0].path"]


@pytest.mark.parametrize("path", ["*", "/*", "/inbox/**", "/a/:b?", "https://example.com/x"])
def test_another_path_stays(path: str) -> None:
    found, result = of_route(path=path)

    assert found["path"] == path
    assert result.changes == ()


def test_a_route_with_several_paths_is_several() -> None:
    result = of(routes=[{"key": "a", "path": ["/a", "/b"], "roles": ["USER"]}])

    assert result.config["routes"] == [
        {"path": "/a", "key": "a", "roles": ["USER"]},
        {"path": "/b", "key": "a-2", "roles": ["USER"]},
    ]


def test_a_route_without_a_path_is_left_out_with_all_it_had() -> None:
    result = of(routes=[{"key": "a", "orinal": 1, "title": "A"}, {"path": "/"}])

    assert result.config["routes"] == [{"path": "/"}]
    (change,) = result.changes
    assert (change.path, change.before) == (
        "$.routes[0]",
        {"key": "a", "orinal": 1, "title": "A"},
    )


@pytest.mark.parametrize(
    "args, after",
    [
        ({"key": "a", "value": {"a": 1}}, [{"key": "a", "value": {"a": 1}}]),
        ({"a": 1}, [{"key": "a", "value": {"a": 1}}]),
        ([{"key": "a", "value": 1}], [{"key": "a", "value": {"a": 1}}]),
        (
            [{"key": "a", "value": {"b": 1, "c": 2}}],
            [{"key": "a", "value": {"a": {"b": 1, "c": 2}}}],
        ),
        (
            [{"key": "mode", "value": {"type": "string", "mod": "edit"}}],
            [{"key": "mode", "value": {"type": "string", "mode": "edit"}}],
        ),
        (
            [{"key": "mode", "value": {"type": "string", "value": "edit"}}],
            [{"key": "mode", "value": {"type": "string", "mode": "edit"}}],
        ),
        ([{"name": "a", "value": {"a": 1}}], [{"key": "a", "value": {"a": 1}}]),
    ],
)
def test_an_argument_has_its_value_where_the_front_end_looks(args: Any, after: Any) -> None:
    found, result = of_route(args=args)

    assert found["args"] == after
    assert result.changes
    assert all(path.startswith("$.routes[0].args") for path in paths(result))


def test_background_header_and_footer_are_carried() -> None:
    looks = {"background": {"a": 1}, "header": {"show": False}, "footer": {"title": "x"}}
    found, result = of_route(**looks)

    assert found == {"path": "/", **looks}
    assert result.changes == ()


def test_a_menu_key_is_in_lower_case_and_has_no_blanks() -> None:
    result = of(menus=[{"key": " Main  Nav "}])

    assert result.config["menus"] == [{"key": "main-nav"}]
    assert set(paths(result)) == {"$.menus[0].key"}


def test_a_menu_without_a_key_gets_one_from_its_target() -> None:
    result = of(menus=[{"target": "left-nav", "name": "Main"}, {"name": "My Menu"}])

    assert [menu["key"] for menu in result.config["menus"]] == ["left-nav", "my-menu"]


@pytest.mark.parametrize(
    "entry, after",
    [
        ({"label": "A", "url": "a"}, {"title": "A", "link": "/a"}),
        ({"link": "event://Open?x=1"}, {"title": "event://Open?x=1", "link": "event://Open?x=1"}),
        ({"icon": "home"}, {"title": "home", "icon": "home"}),
        (
            {"title": "A", "link": "example.com", "external": True},
            {"title": "A", "link": "example.com", "external": True},
        ),
        ({"title": "A", "children": [{"title": "B"}]}, {"title": "A", "items": [{"title": "B"}]}),
        ({"title": "A", "ordinal": "3"}, {"title": "A", "ordinal": 3}),
        ({"title": "A", "roles": []}, {"title": "A", "roles": []}),
    ],
)
def test_an_entry_of_a_menu(entry: dict[str, Any], after: dict[str, Any]) -> None:
    result = of(menus=[{"key": "main", "entries": [entry]}])

    assert result.config["menus"][0]["entries"] == [after]
    assert bool(result.changes) == (entry != after)
