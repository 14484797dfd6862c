"""What a strategy is told: defaults, and what is said of everything that is wrong."""

from typing import Any

import pytest

from tenantry.base.errors import Invalid
from tenantry.collector.model.strategy import FollowGraph, PopularContent, PostInteractions
from tenantry.collector.rules.strategy import estimate, read_params


def test_what_is_left_out_has_its_default() -> None:
    graph = read_params("follow-graph", {"startHandle": "@Ann.Example"})
    popular = read_params("popular-content", {})
    posts = read_params("post-interactions", {"sourceHandle": "did:plc:abc", "likes": False})

    assert graph == FollowGraph(seed_handles=("ann.example",))
    assert isinstance(graph, FollowGraph)
    assert (graph.max_users, graph.max_degrees, graph.max_pages) == (10_000, 3, 10)
    assert isinstance(popular, PopularContent)
    assert popular.search_queries[0] == "#introduction"
    assert (popular.min_likes, popular.max_users) == (5, 5_000)
    assert posts == PostInteractions(source_handle="did:plc:abc", likes=False)


WRONG: list[tuple[str, Any, str]] = [
    (
        "followers",
        {},
        (
            "strategy: got 'followers', wants one of follow-graph, popular-content, "
            "post-interactions, follow-back, like-mentions"
        ),
    ),
    ("follow-graph", [], "body: got '[]', wants an object"),
    ("follow-graph", {}, "seedHandles: got 'nothing', wants a list of 1 to 100, or startHandle"),
    ("follow-graph", {"seedHandles": []}, "seedHandles: got '0 of them', wants a list of 1 to 100"),
    (
        "follow-graph",
        {"seedHandles": ["ann.example", "ann"]},
        "seedHandles[1]: got 'ann', wants a handle (name.example) or a DID",
    ),
    (
        "follow-graph",
        {"startHandle": "a.example", "seedHandles": ["b.example"]},
        "startHandle: got 'seedHandles besides', wants seedHandles or startHandle",
    ),
    (
        "follow-graph",
        {"startHandle": "a.example", "maxUsers": 100_001},
        "maxUsers: got 100001, wants a whole number from 1 to 100000",
    ),
    (
        "follow-graph",
        {"startHandle": "a.example", "maxUsers": True},
        "maxUsers: got True, wants a whole number from 1 to 100000",
    ),
    (
        "follow-graph",
        {"startHandle": "a.example", "includeFollowers": "yes"},
        "includeFollowers: got 'yes', wants true or false",
    ),
    (
        "follow-graph",
        {"startHandle": "a.example", "includeFollowers": False, "includeFollowing": False},
        (
            "includeFollowing: got 'neither followers nor those followed', wants includeFollowers "
            "or includeFollowing to be true"
        ),
    ),
    (
        "follow-graph",
        {"startHandle": "a.example", "minFollowers": 9, "maxFollowers": 8},
        "minFollowers: got 9, wants at most maxFollowers, which is 8",
    ),
    (
        "follow-back",
        {"handle": "a.example", "minLikes": 1},
        "minLikes: got 'a field', wants one of handle, maxUsers, maxRequests",
    ),
    ("follow-back", {}, "handle: got 'nothing', wants a handle (name.example) or a DID"),
    (
        "popular-content",
        {"searchQueries": [" "]},
        "searchQueries[0]: got ' ', wants a text of 1 to 300 characters",
    ),
    (
        "post-interactions",
        {"sourceHandle": "a.example", "postLimit": 1.5},
        "postLimit: got 1.5, wants a whole number from 1 to 1000",
    ),
    (
        "like-mentions",
        {"handle": "a.example", "maxRequests": 0},
        "maxRequests: got 0, wants a whole number from 1 to 100000",
    ),
]


@pytest.mark.parametrize("name, raw, message", WRONG)
def test_what_is_wrong_is_said_with_the_field_and_what_it_wants(
    name: str, raw: Any, message: str
) -> None:
    with pytest.raises(Invalid) as caught:
        read_params(name, raw)

    assert caught.value.message == message


@pytest.mark.parametrize(
    "name, raw, least, most",
    [
        ("follow-graph", {"startHandle": "a.example", "maxUsers": 1_001}, 11, 3_000),
        (
            "follow-graph",
            {"startHandle": "a.example", "maxUsers": 1_001, "minFollowers": 1},
            51,
            3_000,
        ),
        ("follow-graph", {"startHandle": "a.example", "maxDegrees": 1, "maxUsers": 101}, 2, 21),
        ("popular-content", {"searchQueries": ["#a", "#b"], "maxPages": 3}, 1, 6),
        ("post-interactions", {"sourceHandle": "a.example", "postLimit": 2}, 10, 73),
        ("follow-back", {"handle": "a.example", "maxRequests": 40}, 3, 40),
        ("like-mentions", {"handle": "a.example"}, 2, 11),
    ],
)
def test_the_estimate_is_of_a_run_that_finds_what_it_is_asked_for(
    name: str, raw: Any, least: int, most: int
) -> None:
    found = estimate(read_params(name, raw), per_second=10)

    assert (found.requests_at_least, found.requests_at_most) == (least, most)
    assert found.seconds_at_most == most / 10
