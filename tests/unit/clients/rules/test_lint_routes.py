from typing import Any

import pytest

from tests.support.client_lint import LOGIN, NOT_FOUND, found, paths

SECOND = ["$.routes[1].path"]


def page(path: str, *roles: str, **more: Any) -> dict[str, Any]:
    return {"key": f"{path} {roles}", "path": path, "roles": list(roles), **more}


def ambiguous(*routes: dict[str, Any]) -> list[str]:
    return paths("ambiguous-route", routes=list(routes))


@pytest.mark.parametrize("other", ["/a/:y", "/A/:x/", "/a/:x?"])
def test_two_pages_that_a_role_may_open_on_the_same_paths_are_ambiguous(other: str) -> None:
    assert ambiguous(page("/a/:x", "USER"), page(other, "USER")) == SECOND


@pytest.mark.parametrize("other", ["/a/b", "/a/*", "/:x/a", "/a/:x/*", "/a"])
def test_two_pages_of_which_one_is_more_specific_are_not(other: str) -> None:
    assert ambiguous(page("/a/:x", "USER"), page(other, "USER")) == []


def test_the_same_path_split_by_role_is_legal() -> None:
    assert ambiguous(page("/", "USER"), page("/", "ANON", public=True)) == []
    assert ambiguous(page("/", "ADMIN"), page("/", "EDITOR")) == []
    assert ambiguous(page("/"), page("/")) == []


def test_the_same_path_is_ambiguous_for_those_who_have_both_roles() -> None:
    (finding,) = found(
        "ambiguous-route", routes=[page("/", "USER", key="home"), page("/", "ADMIN")]
    )

    assert finding.message == "ADMIN may open $.routes[0] (home) at / as well"


def test_a_public_page_that_names_nobody_is_for_all() -> None:
    assert ambiguous(page("/", "USER"), page("/", public=True)) == SECOND


def test_each_page_is_told_once() -> None:
    assert len(ambiguous(*[page("/x/:id?", "USER", "ADMIN")] * 3)) == 2


@pytest.mark.parametrize("roles", [["USER"], ["ADMIN", "USER"]])
def test_a_public_page_whose_roles_leave_out_anon_contradicts_itself(roles: list[str]) -> None:
    (finding,) = found("public-roles-contradiction", routes=[page("/", *roles, public=True)])

    assert (finding.path, finding.severity) == ("$.routes[0].roles", "error")
    assert finding.fix == '"public": false'


@pytest.mark.parametrize("roles", [["ANON"], ["ANON", "USER"], ["*"], []])
def test_a_public_page_for_anon_does_not(roles: list[str]) -> None:
    assert paths("public-roles-contradiction", routes=[page("/", *roles, public=True)]) == []
    assert paths("public-roles-contradiction", routes=[page("/", "USER")]) == []


def test_a_relative_path_is_told_with_the_one_that_was_meant() -> None:
    (finding,) = found("relative-path", routes=[page("about")])

    assert (finding.path, finding.fix) == ("$.routes[0].path", "/about")


@pytest.mark.parametrize("path", ["/", "/a", "*", "**", "/*"])
def test_a_path_with_a_slash_and_a_star_alone_are_not_relative(path: str) -> None:
    assert paths("relative-path", routes=[page(path)]) == []


@pytest.mark.parametrize(
    "route",
    [
        page("/login", public=True),
        page("/login/*", "ANON"),
        page("/Login/", "*"),
        page("/sign-in", "ANON"),
        page("/auth", "ANON", key="login"),
        page("/auth", "ANON", componentFqn="acme.LoginForm@1.0.0"),
    ],
)
def test_a_page_to_log_in_that_anon_may_open_is_one(route: dict[str, Any]) -> None:
    assert paths("missing-login", routes=[route]) == []


@pytest.mark.parametrize(
    "route",
    [
        page("/login", "USER"),
        page("/login", "ADMIN", key="login"),
        page("/*", public=True),
        page("/:slug", public=True),
        page("/x", public=True, componentFqn="login.Page@1.0.0"),
    ],
)
def test_any_other_page_is_not(route: dict[str, Any]) -> None:
    assert paths("missing-login", routes=[route]) == ["$.routes"]


@pytest.mark.parametrize(
    "route",
    [
        page("*"),
        page("/*", "USER"),
        page("/**", "USER"),
        page("/x", key="notfoundroute"),
        page("/not-found"),
        page("/404"),
        page("/x", componentFqn="core.NotFound@1.0.0"),
    ],
)
def test_a_page_for_what_is_not_found_is_one(route: dict[str, Any]) -> None:
    assert paths("missing-not-found", routes=[route]) == []


def test_pages_are_missing_only_where_the_document_has_routes() -> None:
    assert paths("missing-not-found", routes=[page("/a/*"), page("/14040")]) == ["$.routes"]
    assert paths("missing-login", routes=[]) == ["$.routes"]
    assert paths("missing-login") + paths("missing-not-found") == []


def test_a_client_without_defects_has_no_findings() -> None:
    for code in ("missing-login", "missing-not-found", "ambiguous-route", "unknown-field"):
        assert paths(code, routes=[LOGIN, NOT_FOUND]) == []
