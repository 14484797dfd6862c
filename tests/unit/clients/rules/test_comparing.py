"""Comparing: values are the same where their JSON is, one by one and as a whole collection."""

from typing import Any

import pytest

from tenantry.clients.model import Route
from tenantry.clients.rules.comparing import compared, digest_of_values, is_same


def route(props: dict[str, Any], *, path: str = "/a") -> Route:
    return Route(path=path, component_props=props)


@pytest.mark.parametrize(
    "one, other, expected",
    [
        ({"a": 1, "b": [{"c": 1, "d": 2}]}, {"b": [{"d": 2, "c": 1}], "a": 1}, True),
        ({"a": [1, 2]}, {"a": [2, 1]}, False),
        ({"a": 1}, {"a": 1.0}, False),
        ({"a": 1}, {"a": True}, False),
        ({"a": 0}, {"a": False}, False),
        ({"a": 0.0}, {"a": -0.0}, False),
        ({"a": None}, {}, False),
        ({"a": "1\n2\r3\u2028"}, {"a": "1\n2\r3\u2028"}, True),
    ],
)
def test_the_order_of_names_means_nothing_and_the_kind_of_a_number_does(
    one: Any, other: Any, *, expected: bool
) -> None:
    assert is_same(one, other) is expected
    assert is_same(route(one), route(other)) is expected
    assert list(compared([route(one)], [route(other)]).are_same) == [expected]
    digests = {digest_of_values([route(props)]) for props in (one, other)}
    assert len(digests) == (1 if expected else 2)


def test_of_a_long_collection_each_is_compared_with_the_one_at_its_place() -> None:
    after = [route({"text": "a\nb"}, path=f"/{number}") for number in range(1_000)]
    before: list[Route | None] = [route({"text": "a\nb"}, path=each.path) for each in after]
    before[63] = before[500] = None
    before[64] = route({"text": "a"}, path="/64")
    before[999] = before[998]

    found = compared(before, after)

    assert [n for n, same in enumerate(found.are_same) if not same] == [63, 64, 500, 999]
    assert found.digest == digest_of_values(after)


def test_nothing_is_compared_with_nothing() -> None:
    found = compared([], [])

    assert (list(found.are_same), found.digest) == ([], digest_of_values([]))
