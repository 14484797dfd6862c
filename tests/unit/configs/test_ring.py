import pytest

from tenantry.configs.service.frame import Frame
from tenantry.configs.service.ring import CHUNK_FRAMES, FrameRing


def frame(position: int, *, tenant: str = "acme", name: str = "a", size: int = 3) -> Frame:
    return Frame(position, tenant, name, b"%d;" % position if size == 3 else b"x" * size)


def filled(count: int, **bounds: int) -> FrameRing:
    ring = FrameRing(after=0, **bounds)
    for position in range(1, count + 1):
        ring.add(position, frame(position))
    return ring


def test_it_has_what_is_behind_a_position_and_no_more() -> None:
    ring = filled(10)

    assert [found.position for found in ring.after(7)] == [8, 9, 10]
    assert ring.after(10) == []
    assert ring.after(99) == []
    assert [found.position for found in ring.after(0)] == [*range(1, 11)]


def test_a_position_without_a_frame_moves_its_end() -> None:
    ring = FrameRing(after=5)
    ring.add(6, None)
    ring.add(7, frame(7))
    ring.add(8, None)

    assert (ring.floor, ring.last) == (5, 8)
    assert [found.position for found in ring.after(5)] == [7]


@pytest.mark.parametrize("bounds", [{"max_frames": 100}, {"max_bytes": 300}])
def test_it_is_bounded_and_says_what_it_has_let_go(bounds: dict[str, int]) -> None:
    ring = filled(1_000, **bounds)

    kept = ring.after(ring.floor)
    assert 80 <= len(kept) <= 100 or sum(len(each.body) for each in kept) <= 300
    assert [each.position for each in kept] == [*range(ring.floor + 1, 1_001)]
    assert ring.has(ring.floor)
    assert not ring.has(ring.floor - 1)


def test_the_newest_frame_stays_however_long_it_is() -> None:
    ring = FrameRing(after=0, max_bytes=100)
    ring.add(1, frame(1))
    ring.add(2, frame(2, size=1_000))

    assert (ring.floor, ring.last) == (1, 2)
    assert [found.position for found in ring.after(1)] == [2]


def test_a_gap_is_refused() -> None:
    with pytest.raises(AssertionError):
        filled(3).add(5, None)


def test_frames_are_joined_once_for_all_who_ask_the_same() -> None:
    ring = filled(5)
    first = ring.joined("acme", "", after=2)

    assert (first.body, first.until, first.frame_count) == (b"3;4;5;", 5, 3)
    assert ring.joined("acme", "", after=2) is first
    ring.add(6, frame(6))
    assert ring.joined("acme", "", after=2).body == b"3;4;5;6;"


def test_only_what_a_tenant_sees_is_joined() -> None:
    ring = FrameRing(after=0)
    ring.add(1, frame(1, name="ab"))
    ring.add(2, frame(2, tenant="other", name="ab"))
    ring.add(3, frame(3, tenant="global", name="ab"))
    ring.add(4, frame(4, name="b"))

    assert ring.joined("acme", "a", after=0).body == b"1;3;"
    assert ring.joined("global", "", after=0).body == b"3;"
    assert ring.joined("acme", "a", after=0).until == 4


def test_who_was_away_gets_what_is_new_bit_by_bit() -> None:
    ring = filled(CHUNK_FRAMES + 10)
    first = ring.joined("acme", "", after=0)
    second = ring.joined("acme", "", after=first.until)

    assert (first.until, first.frame_count) == (CHUNK_FRAMES, CHUNK_FRAMES)
    assert (second.until, second.frame_count) == (CHUNK_FRAMES + 10, 10)
