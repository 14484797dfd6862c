from typing import Any

import pytest

from tests.support.client_lint import NOT_FOUND, found, linked, paths

LINK = "$.menus[0].entries[0].link"


def dead(link: Any, *routes: Any) -> list[str]:
    return paths("dead-link", routes=list(routes), menus=linked(link))


def public(path: str, **more: Any) -> dict[str, Any]:
    return {"path": path, "public": True, **more}


def shut_out(entry: Any, *routes: dict[str, Any], roles: tuple[str, ...] = ("*",)) -> list[str]:
    """Return the roles in the message, of each finding."""
    findings = found("unreachable-for-role", routes=list(routes), menus=linked(entry, roles=roles))
    return [finding.message.partition(" may see")[0] for finding in findings]


def test_a_link_that_no_route_answers_is_dead() -> None:
    assert dead("/data/", public("/docs/:slug")) == [LINK]
    assert dead("/docs/", public("/docs/:slug")) == [LINK]


@pytest.mark.parametrize("path", ["/data", "/data/*", "/data/**", "/:any", "/Data/:id?", "data"])
def test_a_link_that_a_route_answers_is_not(path: str) -> None:
    assert dead("/data/?tab=1#top", public(path)) == []


@pytest.mark.parametrize(
    "link",
    [
        "",
        "event://Open?x=1",
        "https://example.com/x",
        "mailto:a@example.com",
        "tel:1",
        "//example.com",
        "#top",
        "?tab=1",
        "${SITE_URL}/x",
    ],
)
def test_what_is_no_link_to_a_page_is_neither_dead_nor_relative(link: str) -> None:
    assert dead(link) == []
    assert paths("relative-path", menus=linked(link)) == []


def test_an_external_link_is_not_dead() -> None:
    assert dead({"link": "/elsewhere", "external": True}) == []


def test_a_placeholder_in_a_link_is_any_segment() -> None:
    assert dead("/users/${user.id}/edit", public("/users/:id/edit")) == []
    assert dead("/users/${user.id}/edit", public("/users/:id")) == [LINK]


def test_what_nobody_sees_is_not_dead() -> None:
    entry = {"link": "/x", "items": [{"link": "/y"}]}

    assert dead(entry | {"enabled": False}) == []
    assert dead(entry) == ["$.menus[0].entries[0].items[0].link", LINK]


def test_without_routes_of_its_own_a_document_has_no_dead_links() -> None:
    assert paths("dead-link", menus=linked("/x")) == []
    assert paths("dead-link", menus=linked("/x"), routes="none") == []
    assert paths("dead-link", menus=linked("/x"), routes=[]) == [LINK]


@pytest.mark.parametrize(
    "fallback",
    [
        NOT_FOUND,
        public("/*", componentFqn="core.NotFound@1.0.0"),
        public("/**", componentProps={"slug": "page-not-found"}),
        public("*", title="404"),
        public("*", redirect="/"),
    ],
)
def test_a_page_for_what_is_not_found_answers_no_link(fallback: dict[str, Any]) -> None:
    assert dead("/x", fallback) == [LINK]
    assert dead("/x", fallback, public("/x")) == []


def test_another_page_that_answers_everything_answers_links() -> None:
    assert dead("/x", public("*", componentFqn="core.Router@1.0.0")) == []


def test_an_entry_that_a_role_sees_and_cannot_follow_is_told_with_the_role() -> None:
    route = {"path": "/x", "roles": ["ADMIN", "DEVELOPER"]}

    assert shut_out({"link": "/x", "roles": ["USER", "ADMIN"]}, route) == ["USER"]
    assert shut_out({"link": "/x", "roles": ["EDITOR", "ADMIN"]}, route) == ["EDITOR"]
    assert shut_out({"link": "/x", "roles": ["ANON", "USER"]}, route) == ["ANON, USER"]
    assert shut_out("/x", route, roles=("EDITOR", "ADMIN")) == ["EDITOR"]


def test_a_role_of_users_opens_what_is_for_users() -> None:
    route = {"path": "/x", "roles": ["USER"]}

    assert shut_out({"link": "/x", "roles": ["ADMIN", "EDITOR"]}, route) == []
    assert shut_out({"link": "/x", "roles": ["ANON"]}, route) == ["ANON"]


def test_a_public_page_is_open_to_all_whatever_its_roles() -> None:
    assert shut_out("/x", {"path": "/x", "public": True, "roles": ["ADMIN"]}) == []


def test_any_page_that_answers_and_opens_is_enough() -> None:
    special = {"path": "/forms/:id", "roles": ["ADMIN"]}

    assert shut_out({"link": "/forms/list", "roles": ["USER"]}, special) == ["USER"]
    general = {"path": "/forms/*", "roles": ["USER"]}
    assert shut_out({"link": "/forms/list", "roles": ["USER"]}, special, general) == []


def test_a_page_for_what_is_not_found_is_not_enough() -> None:
    route = {"path": "/x", "roles": ["ADMIN"]}

    assert shut_out({"link": "/x", "roles": ["USER"]}, route, NOT_FOUND) == ["USER"]


def test_an_entry_is_shown_to_those_who_see_all_that_it_stands_in() -> None:
    entry = {"title": "a", "roles": ["ADMIN"], "items": [{"link": "/x", "roles": ["USER"]}]}
    route = {"path": "/x", "roles": ["ADMIN"]}

    assert shut_out(entry, route) == []
    assert shut_out({"link": "/x", "roles": ["ANON"]}, route, roles=("USER",)) == []
    assert shut_out({"link": "/x", "enabled": False}, route) == []


def test_a_relative_link_is_told_with_the_one_that_was_meant() -> None:
    (finding,) = found("relative-path", menus=linked("about"))

    assert (finding.path, finding.fix) == (LINK, "/about")
    assert dead("about", public("/about")) == []
