"""The AppView client reads what the service answers, whatever is odd about it."""

from collections.abc import AsyncIterator

import pytest

from tenantry.base.errors import Invalid
from tenantry.collector.remote.appview import (
    AppView,
    Declined,
    NotOffered,
    Page,
    Profile,
    Profiles,
    RequestBudget,
    walk,
)
from tenantry.testing.appview import FakeAppView, FewEntries, Odd, SameCursor, SmallGraph, Twice
from tenantry.testing.upstream import Status
from tests.support.appviews import items, opened

GRAPH = SmallGraph(users=230, posts=120)
FAMOUS = GRAPH.people[0]


@pytest.fixture
async def fake() -> AsyncIterator[FakeAppView]:
    async with FakeAppView(GRAPH) as fake:
        yield fake


@pytest.fixture
async def client(fake: FakeAppView) -> AsyncIterator[AppView]:
    async with opened(fake) as client:
        yield client


async def all_followers(client: AppView, limit: int = 100) -> list[str]:
    async def ask(cursor: str | None) -> Page[Profile] | NotOffered | Declined:
        return await client.get_followers(FAMOUS.did, cursor=cursor, limit=limit)

    return [one.did async for page in walk(ask) for one in items(page)]


async def test_all_followers_are_found_page_by_page(client: AppView) -> None:
    wanted = [GRAPH.people[index].did for index in GRAPH.followers(0)]

    assert await all_followers(client) == wanted
    assert len(wanted) == 229


async def test_those_who_are_followed_are_found(client: AppView) -> None:
    page = await client.get_follows(GRAPH.people[3].handle)

    wanted = [GRAPH.people[index].handle for index in GRAPH.follows(3)]
    assert [one.handle for one in items(page)] == wanted


async def test_lists_of_users_have_no_counts_and_profiles_do(client: AppView) -> None:
    listed = items(await client.get_followers(FAMOUS.handle, limit=1))[0]
    profiles = await client.get_profiles([listed.did])

    assert isinstance(profiles, Profiles)
    assert listed.followers_count is None
    assert profiles.found[0].followers_count == len(GRAPH.followers(1))
    assert profiles.found[0].follows_count == len(GRAPH.follows(1))


async def test_profiles_that_the_service_leaves_out_are_missing(
    fake: FakeAppView, client: AppView
) -> None:
    first, gone = GRAPH.people[1], GRAPH.people[2]
    fake.methods.gone.add(gone.did)

    profiles = await client.get_profiles([gone.did, first.handle.upper(), "nobody.example"])

    assert isinstance(profiles, Profiles)
    assert [one.did for one in profiles.found] == [first.did]
    assert profiles.missing == (gone.did, "nobody.example")


async def test_what_is_no_name_is_missing_and_not_asked_for(
    fake: FakeAppView, client: AppView
) -> None:
    assert await client.get_profiles(["handle.invalid", "no name", "did:plc:"]) == Profiles(
        missing=("handle.invalid", "no name", "did:plc:")
    )
    assert fake.requests == []


async def test_no_more_than_25_profiles_are_asked_for_at_once(client: AppView) -> None:
    with pytest.raises(Invalid, match="at most 25"):
        await client.get_profiles([person.did for person in GRAPH.people[:26]])


async def test_an_invalid_handle_is_none(fake: FakeAppView, client: AppView) -> None:
    person = GRAPH.people[0]
    fake.methods.invalid_handles.add(person.did)

    profiles = await client.get_profiles([person.did])

    assert isinstance(profiles, Profiles)
    assert [(one.did, one.handle) for one in profiles.found] == [(person.did, None)]


async def test_posts_are_found_with_what_they_got(client: AppView) -> None:
    page = await client.search_posts("#art")

    wanted = [post for post in GRAPH.posts if "#art" in post.text][::-1]
    assert [(one.uri, one.like_count, one.text) for one in items(page)] == [
        (post.uri, len(post.likers), post.text) for post in wanted
    ]


async def test_who_likes_and_reposts_a_post_is_found(client: AppView) -> None:
    post = next(one for one in GRAPH.posts if one.likers and one.reposters)

    likers = items(await client.get_likes(post.uri))
    reposters = items(await client.get_reposted_by(post.uri))

    assert [one.did for one in likers] == [GRAPH.people[index].did for index in post.likers]
    assert [one.did for one in reposters] == [GRAPH.people[index].did for index in post.reposters]


async def test_answers_and_quotes_of_a_post_are_found(client: AppView) -> None:
    answered = next(one.reply_to for one in GRAPH.posts if one.reply_to is not None)
    quoted = next(one.quotes for one in GRAPH.posts if one.quotes is not None)

    thread = await client.get_post_thread(GRAPH.posts[answered].uri)
    quotes = await client.get_quotes(GRAPH.posts[quoted].uri)

    assert isinstance(thread, Page)
    assert [one.uri for one in thread.items] == [
        post.uri for post in GRAPH.posts if post.reply_to == answered
    ]
    # The fake has one more, which is gone.
    assert thread.skipped == 1
    assert [one.uri for one in items(quotes)] == [
        post.uri for post in GRAPH.posts if post.quotes == quoted
    ]


async def test_a_feed_is_of_ones_own_posts(client: AppView) -> None:
    author = next(
        post.author
        for post in GRAPH.posts
        if any(post.author in other.reposters for other in GRAPH.posts)
    )

    feed = items(await client.get_author_feed(GRAPH.people[author].did))

    mine = [post.uri for post in GRAPH.posts if post.author == author]
    assert [one.uri for one in feed] == mine[::-1]


async def test_a_handle_is_resolved(client: AppView) -> None:
    assert await client.resolve_handle(FAMOUS.handle) == FAMOUS.did
    assert await client.resolve_handle("nobody.example") == Declined(
        "resolveHandle", "InvalidRequest"
    )


async def test_whoever_is_unknown_is_declined_and_asked_for_once(
    fake: FakeAppView, client: AppView
) -> None:
    budget = RequestBudget(5)

    answer = await client.get_followers("nobody.example", budget=budget)

    assert answer == Declined("getFollowers", "InvalidRequest")
    assert await client.get_likes("at://did:plc:x/app.bsky.feed.post/y") == Declined(
        "getLikes", "NotFound"
    )
    assert (budget.made, len(fake.requests)) == (1, 2)


async def test_a_search_that_is_forbidden_is_not_offered(
    fake: FakeAppView, client: AppView
) -> None:
    fake.search = "forbidden"

    assert await client.search_posts("#art") == NotOffered("searchPosts", 403)
    assert len(fake.asked("searchPosts")) == 1


async def test_a_search_may_be_offered_for_its_first_page_alone(
    fake: FakeAppView, client: AppView
) -> None:
    fake.search = "first-page"
    pages = [
        page async for page in walk(lambda at: client.search_posts("post", cursor=at, limit=20))
    ]

    assert [len(page.items) if isinstance(page, Page) else page for page in pages] == [
        20,
        NotOffered("searchPosts", 403),
    ]


async def test_a_method_that_the_service_does_not_know_is_not_offered(
    fake: FakeAppView, client: AppView
) -> None:
    fake.fail("getQuotes", Status(501, body='{"error":"MethodNotImplemented"}'))

    assert await client.get_quotes(GRAPH.posts[0].uri) == NotOffered("getQuotes", 501)


@pytest.mark.parametrize("count", [0, 1, 7])
async def test_short_and_empty_pages_do_not_end_a_list(
    fake: FakeAppView, client: AppView, count: int
) -> None:
    fake.fail("getFollowers", FewEntries(count), times=2)

    found = await all_followers(client, limit=50)

    wanted = [GRAPH.people[index].did for index in GRAPH.followers(0)]
    assert found == wanted[:count] + wanted[50 : 50 + count] + wanted[100:]


async def test_entries_that_come_twice_are_told_once(fake: FakeAppView, client: AppView) -> None:
    fake.fail("getFollowers", Twice(), times=None)

    found = await all_followers(client, limit=50)

    assert len(found) == len(set(found)) == 229


async def test_a_page_with_its_own_cursor_is_the_last(fake: FakeAppView, client: AppView) -> None:
    first = await client.get_followers(FAMOUS.did)
    assert isinstance(first, Page)
    fake.fail("getFollowers", SameCursor(), times=None)

    second = await client.get_followers(FAMOUS.did, cursor=first.cursor)

    assert isinstance(second, Page)
    assert second.items
    assert second.cursor is None


async def test_cursors_that_go_round_end_a_walk(fake: FakeAppView, client: AppView) -> None:
    first = await client.get_followers(FAMOUS.did, limit=50)
    assert isinstance(first, Page)
    fake.forget()
    fake.fail("getFollowers", SameCursor(first.cursor), times=None)

    found = await all_followers(client, limit=50)

    # The second page points at itself.
    assert len(fake.asked("getFollowers")) == 2
    assert len(found) == 100


async def test_a_list_of_nothing_but_empty_pages_ends(fake: FakeAppView, client: AppView) -> None:
    fake.fail("getFollowers", FewEntries(), times=None)

    assert await all_followers(client, limit=1) == []
    assert len(fake.requests) == 10


@pytest.mark.parametrize(
    "entry", [None, 7, {}, {"did": "x"}, {"did": 7, "handle": "a.example"}, [[]]]
)
async def test_an_odd_entry_costs_itself_alone(
    fake: FakeAppView, client: AppView, entry: object
) -> None:
    fake.fail("getFollowers", Odd(entry))

    page = await client.get_followers(FAMOUS.did)

    assert isinstance(page, Page)
    assert (len(page.items), page.skipped) == (100, 1)
