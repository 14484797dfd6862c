"""Strategies as pure machines: what they find is what a plain walk over the whole network finds."""

import random

from hypothesis import given
from hypothesis import strategies as st

from tenantry.collector.model.strategy import (
    FollowBack,
    FollowGraph,
    LikeMentions,
    PopularContent,
    PostInteractions,
)
from tests.support.strategy_world import MemoryRun, SmallNetwork, did, handle, random_network

SEEDS = st.integers(0, 2**32)
BIG = 10**6


def walk(network: SmallNetwork, params: FollowGraph) -> dict[int, int]:
    """Return who is found, and how far away, with nothing but the network at hand."""
    low, high = params.min_followers or 0, params.max_followers
    reached = {int(each[5:].partition(".")[0]): 0 for each in params.seed_handles}
    level = list(reached)
    for degree in range(1, params.max_degrees + 1):
        following = list[int]()
        for who in level:
            beside = network.followers[who] if params.include_followers else []
            beyond = network.follows[who] if params.include_following else []
            for each in (*beside, *beyond):
                count = len(network.followers[each])
                if each not in reached and count >= low and (high is None or count <= high):
                    reached[each] = degree
                    following.append(each)
        level = following
    return reached


@given(
    seed=SEEDS,
    users=st.integers(2, 60),
    degrees=st.integers(1, 4),
    directions=st.sampled_from([(True, True), (True, False), (False, True)]),
    bounds=st.sampled_from([(None, None), (1, None), (None, 4), (2, 5)]),
)
def test_a_follow_graph_is_what_a_breadth_first_walk_finds(
    seed: int,
    users: int,
    degrees: int,
    directions: tuple[bool, bool],
    bounds: tuple[int | None, int | None],
) -> None:
    rng = random.Random(seed)
    network = random_network(rng, users)
    params = FollowGraph(
        seed_handles=tuple(map(handle, rng.sample(range(users), rng.randint(1, 2)))),
        max_degrees=degrees,
        include_followers=directions[0],
        include_following=directions[1],
        min_followers=bounds[0],
        max_followers=bounds[1],
        max_pages=BIG,
    )
    run = MemoryRun(params)

    run.run(network.answer)

    expected = walk(network, params)
    assert {each.did: each.degree for each in run.listed()} == {
        did(number): degree for number, degree in expected.items()
    }
    # The nearest first.
    degrees_in_order = [each.degree for each in run.listed()]
    assert degrees_in_order == sorted(degrees_in_order)


@given(
    seed=SEEDS,
    users=st.integers(2, 60),
    most=st.integers(1, 20),
    bound=st.sampled_from([None, 2]),
)
def test_a_run_ends_with_as_many_as_it_is_to_find(
    seed: int, users: int, most: int, bound: int | None
) -> None:
    network = random_network(random.Random(seed), users)
    params = FollowGraph(
        seed_handles=(handle(0),), max_degrees=5, max_pages=BIG, max_users=most, min_followers=bound
    )
    run = MemoryRun(params)

    run.run(network.answer)

    assert len(run.listed()) == min(most, len(walk(network, params)))


@given(seed=SEEDS, bound=st.sampled_from([None, 2]))
def test_nothing_is_asked_twice(seed: int, bound: int | None) -> None:
    network = random_network(random.Random(seed), 40)
    params = FollowGraph(
        seed_handles=(handle(0),), max_degrees=4, max_pages=BIG, min_followers=bound
    )

    MemoryRun(params).run(network.answer)

    asked = [(each.kind, each.subject, each.subjects, each.cursor) for each in network.asked]
    assert len(asked) == len(set(asked))
    counted = [each for request in network.asked for each in request.subjects]
    assert len(counted) == len(set(counted)) or request_of_seed(counted)


def request_of_seed(counted: list[str]) -> bool:
    """Whether only the user it begins with is named twice: by handle, and by DID."""
    return len(counted) - len(set(counted)) <= 1


@given(seed=SEEDS, users=st.integers(2, 60))
def test_follow_back_lists_who_follows_and_is_not_followed(seed: int, users: int) -> None:
    network = random_network(random.Random(seed), users, most=30)
    run = MemoryRun(FollowBack(handle=handle(0)))

    run.run(network.answer)

    expected = set(network.followers[0]) - set(network.follows[0])
    assert {each.did for each in run.listed()} == set(map(did, expected))


@given(seed=SEEDS, least=st.integers(0, 6), most=st.integers(1, 30), has_search=st.booleans())
def test_popular_content_finds_each_author_of_liked_posts_once(
    seed: int, least: int, most: int, *, has_search: bool
) -> None:
    rng = random.Random(seed)
    network = random_network(rng, 20)
    network.has_search = has_search
    for number in range(60):
        uri = f"at://{did(number % 20)}/app.bsky.feed.post/{number}"
        network.posts[uri] = (number % 20, rng.randrange(8))
        network.searches.setdefault(rng.choice(("#a", "#b", "c")), []).append(uri)
    params = PopularContent(
        search_queries=("#a", "#b"), min_likes=least, max_users=most, max_pages=BIG
    )
    run = MemoryRun(params)

    run.run(network.answer)

    searched = {*network.searches.get("#a", []), *network.searches.get("#b", [])}
    expected = {
        did(who)
        for uri, (who, likes) in network.posts.items()
        if uri in searched and likes >= least
    }
    found = {each.did for each in run.listed()}
    assert found <= expected
    assert len(found) == min(most, len(expected))
    assert run.state.is_collected == (not has_search)
    assert any("offers no search" in note for note in run.notes) == (not has_search)


@given(seed=SEEDS, most=st.integers(1, 12), kinds=st.tuples(st.booleans(), st.booleans()))
def test_interactions_are_those_with_the_latest_posts_but_for_the_author(
    seed: int, most: int, kinds: tuple[bool, bool]
) -> None:
    rng = random.Random(seed)
    network = random_network(rng, 30)
    for number in range(20):
        uri = f"at://{did(0)}/app.bsky.feed.post/{number}"
        network.posts[uri] = (0, 0)
        network.likers[uri] = rng.sample(range(30), rng.randrange(12))
    params = PostInteractions(
        source_handle=handle(0), post_limit=most, likes=kinds[0], reposts=kinds[1], max_pages=BIG
    )
    run = MemoryRun(params)

    run.run(network.answer)

    latest = list(network.posts)[:most]
    expected = {did(who) for uri in latest for who in network.likers[uri]} - {did(0)}
    assert {each.did for each in run.listed()} == expected
    assert run.state.posts == min(most, 20)


@given(seed=SEEDS, has_search=st.booleans(), most=st.integers(1, 40))
def test_mentions_are_each_listed_once_whether_collected_or_searched(
    *, seed: int, has_search: bool, most: int
) -> None:
    rng = random.Random(seed)
    network = random_network(rng, 10)
    network.has_search = has_search
    uris = [f"at://{did(number % 10)}/app.bsky.feed.post/{number}" for number in range(30)]
    network.posts = {uri: (number % 10, 0) for number, uri in enumerate(uris)}
    network.searches[did(0)] = uris
    run = MemoryRun(LikeMentions(handle=handle(0), post_limit=most, max_pages=BIG))

    run.run(network.answer)

    by_others = [uri for uri in uris if not uri.startswith(f"at://{did(0)}/")]
    assert [each.uri for each in run.listed()] == by_others[:most]
