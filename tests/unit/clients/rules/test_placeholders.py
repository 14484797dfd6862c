"""Placeholders are looked up where a file is, and stay what they are until they are shown."""

from typing import Any

import pytest

from tenantry.clients.errors import InvalidClient
from tenantry.clients.rules import check_given, fill, names_in, resolve

CDN = {"CDN_ROOT": "https://cdn.example.com"}


def test_names_are_found_wherever_text_stands() -> None:
    raw = {"avatar": "${CDN_ROOT}/a.png", "routes": [{"args": [{"value": ["${API:x}", "${API}"]}]}]}

    assert names_in(raw) == {"CDN_ROOT": False, "API": False}
    assert names_in("${A:1} ${A:2}") == {"A": True}


@pytest.mark.parametrize(
    "text", ["${route.id}", "${route?.x}", "${id}", "$CDN_ROOT", "${encode(a.B)}", "${}", "{A}"]
)
def test_the_front_ends_own_expressions_are_left_alone(text: str) -> None:
    assert names_in(text) == {}
    assert fill(text, {"id": "filled"} if text != "${id}" else {}) == text


def test_a_name_of_any_case_is_a_placeholder_where_it_is_listed() -> None:
    assert names_in("${apiRoot}", listed=["apiRoot"]) == {"apiRoot": False}
    assert resolve({"a": "${apiRoot}"}, listed=["apiRoot"], environ={"apiRoot": "x"}) == {
        "apiRoot": "x"
    }
    assert resolve({"a": "${apiRoot:y}"}, listed=["apiRoot"], environ={}) == {"apiRoot": "y"}


def test_only_what_was_read_from_the_environment_is_a_variable() -> None:
    raw = {"a": "${CDN_ROOT}", "b": "${UNSET:1}", "c": "${HOME:2}", "d": "${EMPTY}"}
    environ = {**CDN, "HOME": "nobody's business", "EMPTY": ""}

    assert resolve(raw, listed=["CDN_ROOT", "UNSET", "EMPTY"], environ=environ) == {
        **CDN,
        "EMPTY": "",
    }


def test_what_is_unset_without_a_default_is_an_error_and_no_empty_text() -> None:
    # Q19
    raw = {"key": "Acme", "avatar": "${CDN_ROOT}/a", "routes": [{"path": "/", "title": "${HOME}"}]}
    with pytest.raises(InvalidClient) as caught:
        resolve(raw, listed=["CDN_ROOT"], environ={"HOME": "secret-home"}, origin="acme.yaml")

    assert caught.value.key == "acme"
    assert [(error.path, error.file) for error in caught.value.errors] == [
        ("$.avatar", "acme.yaml"),
        ("$.routes[0].title", "acme.yaml"),
    ]
    assert [error.message for error in caught.value.errors] == [
        "avatar: got ${CDN_ROOT}, which is not set, wants a value or a default for it",
        "title: got ${HOME}, which is not in CLIENT_VARS, wants a value or a default for it",
    ]


def test_a_body_brings_its_variables_along() -> None:
    raw = {"a": "${CDN_ROOT} ${API:x} ${route.id}", "b": ["${MISSING}"]}

    (error,) = check_given(raw, CDN)
    assert error.path == "$.b[0]"
    assert "MISSING" in error.message
    assert check_given(raw, {**CDN, "MISSING": ""}) == ()


@pytest.mark.parametrize(
    "value, filled",
    [
        ("${CDN_ROOT}/a ${CDN_ROOT}", "https://cdn.example.com/a https://cdn.example.com"),
        ("${API:http://x:1/a}", "http://x:1/a"),
        ("${API:}", ""),
        ("${API} ${route.id}", "${API} ${route.id}"),
        ({"a": ["${CDN_ROOT}"]}, {"a": ["https://cdn.example.com"]}),
        (("${CDN_ROOT}", 1, None), ("https://cdn.example.com", 1, None)),
    ],
)
def test_placeholders_are_filled_in(value: Any, filled: Any) -> None:
    assert fill(value, CDN) == filled


def test_what_is_filled_in_is_not_looked_at_again() -> None:
    assert fill("${A}", {"A": "${B}", "B": "x"}) == "${B}"


def test_what_nothing_changes_in_is_returned_itself() -> None:
    value = {"a": [1, {"b": "c"}]}

    assert fill(value, CDN) is value
