"""A whole network, made when it is first looked at."""

from collections.abc import Iterator
from functools import cached_property
from typing import Final

from tenantry.testing.network.event import Sent
from tenantry.testing.network.happening import Happening
from tenantry.testing.network.people import Person, followers_of, made_follows, made_people
from tenantry.testing.network.posts import Post, made_posts

START_US: Final = 1_780_272_000_000_000
"""2026-06-01, when a stream begins that is told nothing else."""


class GeneratedNetwork:
    """People, whom they follow, what they had posted until `start_us`, and the stream from there.

    `rate` is how many events there are to a second of the stream's own time.
    """

    def __init__(
        self,
        seed: int = 1,
        *,
        users: int = 1_000,
        posts: int | None = None,
        start_us: int = START_US,
        rate: float = 500.0,
        sync_share: float = 0.0,
    ) -> None:
        if users < 2:  # noqa: PLR2004 - somebody has to follow somebody
            raise ValueError(f"a network has at least 2 users, got {users}")
        if rate <= 0:
            raise ValueError(f"rate must be above 0, got {rate}")
        self.seed = seed
        self.start_us = start_us
        self._users = users
        self._post_count = users * 3 if posts is None else posts
        self._rate = rate
        self._sync_share = sync_share

    @cached_property
    def people(self) -> tuple[Person, ...]:
        """Everybody."""
        return made_people(seed=self.seed, count=self._users, before_us=self.start_us)

    @cached_property
    def posts(self) -> tuple[Post, ...]:
        """What had been posted before the stream, the oldest first."""
        return made_posts(
            self.people, seed=self.seed, count=self._post_count, before_us=self.start_us
        )

    @cached_property
    def by_did(self) -> dict[str, Person]:
        """Everybody, by DID."""
        return {person.did: person for person in self.people}

    @cached_property
    def by_handle(self) -> dict[str, Person]:
        """Everybody, by the handle they began with."""
        return {person.handle: person for person in self.people}

    def follows(self, index: int) -> tuple[int, ...]:
        """Return whom somebody follows, as indices of people."""
        return self._follows[index]

    def followers(self, index: int) -> tuple[int, ...]:
        """Return by whom somebody is followed, as indices of people."""
        return self._followers[index]

    def events(self, count: int) -> list[Sent]:
        """Return the first `count` events; a longer stream begins with a shorter one."""
        return [event for event, _ in zip(self.stream(), range(count), strict=False)]

    def stream(self) -> Iterator[Sent]:
        """Return all events, which have no end."""
        happening = Happening(
            people=self.people,
            posts=self.posts,
            seed=self.seed,
            start_us=self.start_us,
            rate=self._rate,
            sync_share=self._sync_share,
        )
        while True:
            yield happening.next()

    @cached_property
    def _follows(self) -> tuple[tuple[int, ...], ...]:
        return made_follows(self.people, seed=self.seed)

    @cached_property
    def _followers(self) -> tuple[tuple[int, ...], ...]:
        return followers_of(self._follows)
