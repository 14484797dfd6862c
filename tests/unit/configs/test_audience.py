import asyncio

import msgspec

from tenantry.configs.service.audience import Audience, Chunk
from tenantry.configs.service.frame import Frame, encode_heartbeat


class Place(msgspec.Struct, eq=False):
    tenant_id: str = "acme"
    prefix: str = ""
    cursor: int = 0


def frames(*found: tuple[int, str, str]) -> list[Frame]:
    return [Frame(at, tenant, name, b"%d;" % at) for at, tenant, name in found]


async def waiting(
    audience: Audience, *places: Place, now: float = 0.0
) -> list["asyncio.Task[Chunk]"]:
    tasks = [asyncio.create_task(audience.wait(place, now=now)) for place in places]
    await asyncio.sleep(0)
    return tasks


async def test_everybody_is_handed_what_they_see_in_one_piece() -> None:
    audience = Audience()
    places = [Place(), Place("other"), Place(prefix="b"), Place("global"), Place("idle", "z")]
    tasks = await waiting(audience, *places)

    new = frames((1, "acme", "a"), (2, "other", "a"), (3, "global", "ab"), (4, "acme", "b"))
    assert audience.deliver(new, after=0, until=5) == 7
    done = [await task for task in tasks[:4]]

    assert done == [b"1;3;4;", b"2;3;", b"4;", b"3;"]
    assert [place.cursor for place in places] == [5, 5, 5, 5, 0]
    assert not tasks[4].done()
    tasks[4].cancel()


async def test_who_has_the_same_place_shares_the_same_bytes() -> None:
    audience = Audience()
    tasks = await waiting(audience, Place(), Place(), Place(cursor=1))
    audience.deliver(frames((1, "acme", "a"), (2, "acme", "a")), after=0, until=2)
    first, second, third = [await task for task in tasks]

    assert first is second
    assert third == b"2;"


async def test_who_has_waited_in_vain_is_not_handed_the_old() -> None:
    audience, place = Audience(), Place(prefix="b")
    (task,) = await waiting(audience, place)
    audience.deliver(frames((1, "acme", "a")), after=0, until=1)
    audience.deliver(frames((2, "acme", "b")), after=1, until=2)

    assert await task == b"2;"


async def test_who_is_ahead_waits_for_what_is_behind_its_own_place() -> None:
    audience, place = Audience(), Place(cursor=3)
    (task,) = await waiting(audience, place)
    assert audience.deliver(frames((2, "acme", "a"), (3, "acme", "a")), after=1, until=3) == 0
    assert audience.deliver(frames((4, "acme", "a")), after=3, until=4) == 1
    assert await task == b"4;"


async def test_only_who_is_silent_long_enough_gets_a_heartbeat() -> None:
    audience, early, late = Audience(), Place(), Place()
    (first,) = await waiting(audience, early, now=1.0)
    (second,) = await waiting(audience, late, now=9.0)
    audience.beat(silent_since=5.0, until=17)

    assert await first == encode_heartbeat(17)
    # It has everything up to there, so it is not taken for somebody who fell behind.
    assert early.cursor == 17
    assert not second.done()
    audience.dismiss()
    assert await second is None


async def test_who_went_away_is_forgotten() -> None:
    audience = Audience()
    (task,) = await waiting(audience, Place())
    task.cancel()
    await asyncio.wait([task])

    assert audience.deliver(frames((1, "acme", "a")), after=0, until=1) == 0


async def test_who_is_dismissed_alone_leaves_the_others_waiting() -> None:
    audience, one, other, never = Audience(), Place(), Place(), Place("initech")
    first, second = await waiting(audience, one, other)
    for place in (one, one, never):
        audience.dismiss_one(place)
    audience.deliver(frames((1, "acme", "a")), after=0, until=1)

    assert await first is None
    assert await second == b"1;"
    audience.dismiss_one(one)
