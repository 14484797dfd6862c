"""Walking pages ends, whatever cursors the service makes up."""

from collections.abc import Awaitable, Callable

from tenantry.collector.remote.appview import Declined, NotOffered, Page, Profile, walk

Ask = Callable[[str | None], Awaitable[Page[Profile] | NotOffered | Declined]]


def pages(of: dict[str | None, tuple[str, str | None]]) -> tuple[Ask, list[str | None]]:
    """Return what answers from a table of cursors, and what it was asked."""
    asked: list[str | None] = []

    async def ask(cursor: str | None) -> Page[Profile] | NotOffered | Declined:
        asked.append(cursor)
        dids, following = of[cursor]
        return Page(items=tuple(Profile(did=did) for did in dids), cursor=following)

    return ask, asked


async def test_cursors_that_go_round_in_a_ring_end_it() -> None:
    ask, asked = pages({None: ("ab", "x"), "x": ("cd", "y"), "y": ("ef", "z"), "z": ("gh", "x")})

    found = [page async for page in walk(ask)]

    assert asked == [None, "x", "y", "z"]
    assert isinstance(found[-1], Page)
    assert found[-1].cursor is None


async def test_nobody_is_told_twice_though_pages_overlap() -> None:
    ask, _ = pages({None: ("abc", "x"), "x": ("bcd", "y"), "y": ("ade", None)})

    found = [page async for page in walk(ask)]

    assert [[one.did for one in page.items] for page in found if isinstance(page, Page)] == [
        ["a", "b", "c"],
        ["d"],
        ["e"],
    ]


async def test_a_walk_goes_on_from_a_cursor_and_ends_after_so_many_pages() -> None:
    ask, asked = pages({"x": ("a", "y"), "y": ("b", "z"), "z": ("c", None)})

    assert len([page async for page in walk(ask, cursor="x", max_pages=2)]) == 2
    assert asked == ["x", "y"]


async def test_a_refusal_ends_it() -> None:
    async def ask(cursor: str | None) -> Page[Profile] | NotOffered | Declined:
        return Page(cursor="x") if cursor is None else Declined("getFollowers", "NotFound")

    found = [page async for page in walk(ask)]

    assert found == [Page(cursor="x"), Declined("getFollowers", "NotFound")]
