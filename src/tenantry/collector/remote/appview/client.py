"""`AppView`: reading the AT Protocol service within everybody's limits."""

import random
from collections.abc import Callable, Sequence
from typing import Final, Literal, TypeAlias, TypeVar

from tenantry.base import Clock, Service, SystemClock
from tenantry.base.errors import Invalid
from tenantry.collector.errors import AppViewError
from tenantry.collector.remote.appview import reading
from tenantry.collector.remote.appview.answer import (
    Declined,
    NotOffered,
    Page,
    Post,
    Profile,
    Profiles,
    Refusal,
)
from tenantry.collector.remote.appview.budget import Budget, BudgetSpent
from tenantry.collector.remote.appview.gate import Gate, Visit
from tenantry.collector.remote.appview.headers import retry_after, told_by
from tenantry.collector.remote.appview.transport import OK, Reply, Transport
from tenantry.reliability import (
    CheckOutcome,
    CircuitBreaker,
    RateLimited,
    RateLimiter,
    Retry,
    RetryBudget,
    atproto_breaker,
)

MAX_ACTORS: Final = 25
"""Of one `get_profiles`."""
MAX_PAGE: Final = 100
PATIENCE_SECONDS: Final = 330.0
"""So long a request waits for its turn: more than the five minutes of the network's own window."""
DEGRADED_SECONDS: Final = 3.0
"""A service whose health takes as long to tell is degraded."""

_SYSTEM_CLOCK: Final = SystemClock()
_ATTEMPTS: Final = 3
_LONGEST_PAUSE_SECONDS: Final = 60.0
_TOO_MANY: Final = 429
_UNAVAILABLE: Final = frozenset({408, 425, *range(500, 600)}) - {501}
_NO_ACCESS: Final = frozenset({401, 403, 501})
_NO_METHOD: Final = frozenset({"MethodNotImplemented", "XRPCNotSupported", "AuthMissing"})
_NOT_FOUND: Final = 404
_LEAST_ERROR: Final = 400

T = TypeVar("T")
Query: TypeAlias = list[tuple[str, str]]


class _Unfit(AppViewError):
    """An answer that will be the same again: what is configured is not such a service."""


def appview_limiter(per_second: int, *, clock: Clock = _SYSTEM_CLOCK) -> RateLimiter:
    """Return a limiter of `per_second` requests that come evenly, never several at once."""
    return RateLimiter("appview", limit=per_second, seconds=1.0, burst=1, clock=clock)


class AppView(Service):
    """Reads one AT Protocol service, for any number of callers at once, in the order they come.

    It asks no faster than `limiter` and than the service's own `ratelimit-*` headers allow. Where
    the service says 429, or 503 with `Retry-After`, all wait as long as it says and then go on with
    what they asked. Whoever would have to wait beyond `patience_seconds` gets a `RateLimited`
    with the time, and whoever would miss the current deadline a `DeadlineExceeded`.

    Every request that is made, also again, is taken from the `budget` of its caller; one that is
    used up raises `BudgetSpent`. A service that fails raises `AppViewError`, and `BreakerOpen`
    while it is left alone. What it will not do is a value: `NotOffered`, `Declined`.
    """

    def __init__(
        self,
        service_url: str,
        *,
        limiter: RateLimiter,
        breaker: CircuitBreaker = atproto_breaker,
        retry: Retry | None = None,
        patience_seconds: float = PATIENCE_SECONDS,
        timeout_seconds: float = 10.0,
        clock: Clock = _SYSTEM_CLOCK,
        chance: Callable[[], float] = random.random,
    ) -> None:
        super().__init__()
        self._transport = Transport(service_url, timeout_seconds=timeout_seconds)
        self._gate = Gate(limiter, clock=clock)
        self._breaker = breaker
        self._retry = retry or appview_retry(
            patience_seconds=patience_seconds, clock=clock, chance=chance
        )
        self._patience_seconds = patience_seconds
        self._clock = clock
        self._chance = chance

    @property
    def under_way(self) -> int:
        """How many requests have been sent and not been answered."""
        return self._gate.under_way

    async def get_profiles(
        self, actors: Sequence[str], *, budget: Budget | None = None
    ) -> Profiles | Refusal:
        """Return users with their counts, by DIDs or handles; what is neither is missing."""
        if len(actors) > MAX_ACTORS:
            raise Invalid(field="actors", got=len(actors), wants=f"at most {MAX_ACTORS}")
        asked = list(dict.fromkeys(actors))
        known = [actor for actor in asked if reading.is_actor(actor)]
        if not known:
            return Profiles(missing=tuple(asked))
        query = [("actors", actor) for actor in known]
        return await self._ask("app.bsky.actor.getProfiles", query, reading.found_in(asked), budget)

    async def get_followers(
        self,
        actor: str,
        *,
        cursor: str | None = None,
        limit: int = MAX_PAGE,
        budget: Budget | None = None,
    ) -> Page[Profile] | Refusal:
        """Return who follows a user, without counts."""
        query = _paged([("actor", actor)], cursor, limit)
        read = reading.profiles_in("followers", cursor)
        return await self._ask("app.bsky.graph.getFollowers", query, read, budget)

    async def get_follows(
        self,
        actor: str,
        *,
        cursor: str | None = None,
        limit: int = MAX_PAGE,
        budget: Budget | None = None,
    ) -> Page[Profile] | Refusal:
        """Return whom a user follows, without counts."""
        query = _paged([("actor", actor)], cursor, limit)
        read = reading.profiles_in("follows", cursor)
        return await self._ask("app.bsky.graph.getFollows", query, read, budget)

    async def search_posts(
        self,
        text: str,
        *,
        sort: Literal["top", "latest"] = "latest",
        mentions: str | None = None,
        cursor: str | None = None,
        limit: int = MAX_PAGE,
        budget: Budget | None = None,
    ) -> Page[Post] | Refusal:
        """Return posts that a query finds; public services mostly do not offer it."""
        query = _paged([("q", text), ("sort", sort)], cursor, limit)
        if mentions is not None:
            query.append(("mentions", mentions))
        read = reading.posts_in("posts", cursor)
        return await self._ask("app.bsky.feed.searchPosts", query, read, budget)

    async def get_likes(
        self,
        uri: str,
        *,
        cursor: str | None = None,
        limit: int = MAX_PAGE,
        budget: Budget | None = None,
    ) -> Page[Profile] | Refusal:
        """Return who likes a post."""
        query = _paged([("uri", uri)], cursor, limit)
        return await self._ask("app.bsky.feed.getLikes", query, reading.likers_in(cursor), budget)

    async def get_reposted_by(
        self,
        uri: str,
        *,
        cursor: str | None = None,
        limit: int = MAX_PAGE,
        budget: Budget | None = None,
    ) -> Page[Profile] | Refusal:
        """Return who has reposted a post."""
        query = _paged([("uri", uri)], cursor, limit)
        read = reading.profiles_in("repostedBy", cursor)
        return await self._ask("app.bsky.feed.getRepostedBy", query, read, budget)

    async def get_quotes(
        self,
        uri: str,
        *,
        cursor: str | None = None,
        limit: int = MAX_PAGE,
        budget: Budget | None = None,
    ) -> Page[Post] | Refusal:
        """Return posts that quote a post."""
        query = _paged([("uri", uri)], cursor, limit)
        read = reading.posts_in("posts", cursor)
        return await self._ask("app.bsky.feed.getQuotes", query, read, budget)

    async def get_post_thread(
        self, uri: str, *, budget: Budget | None = None
    ) -> Page[Post] | Refusal:
        """Return the direct answers to a post, all in one page."""
        query = [("uri", uri), ("depth", "1"), ("parentHeight", "0")]
        return await self._ask("app.bsky.feed.getPostThread", query, reading.replies_in, budget)

    async def get_author_feed(
        self,
        actor: str,
        *,
        cursor: str | None = None,
        limit: int = MAX_PAGE,
        budget: Budget | None = None,
    ) -> Page[Post] | Refusal:
        """Return a user's own posts and answers, newest first, without what they repost."""
        query = _paged([("actor", actor)], cursor, limit)
        return await self._ask(
            "app.bsky.feed.getAuthorFeed", query, reading.feed_in(cursor), budget
        )

    async def resolve_handle(self, handle: str, *, budget: Budget | None = None) -> str | Refusal:
        """Return the DID that a handle means."""
        query = [("handle", handle)]
        return await self._ask("com.atproto.identity.resolveHandle", query, reading.did_in, budget)

    async def check_health(self) -> CheckOutcome:
        """Look at the service's own health; raises `AppViewError` where it has none.

        It is degraded where it takes `DEGRADED_SECONDS` to tell, or has us wait for as long.
        """
        if (seconds := self._gate.waits_seconds) >= DEGRADED_SECONDS:
            return CheckOutcome("degraded", f"the service has us wait for {seconds:.0f} s")

        began_at = self._clock.monotonic()
        with await self._gate.enter(until=began_at + DEGRADED_SECONDS) as visit:
            sent_at = self._clock.monotonic()
            reply = await self._exchange("_health", [], visit)
        if reply.status != OK:
            raise AppViewError(f"_health: got {reply.status}, wants 200")
        took = self._clock.monotonic() - sent_at
        if took >= DEGRADED_SECONDS:
            return CheckOutcome("degraded", f"took {took * 1000:.0f} ms")
        return CheckOutcome("healthy")

    async def _on_start(self) -> None:
        await self._transport.start()

    async def _on_stop(self) -> None:
        await self._transport.stop()

    async def _ask(
        self, method: str, query: Query, read: Callable[[bytes], T], budget: Budget | None
    ) -> T | Refusal:
        """Ask until there is an answer, within everybody's patience."""
        until = self._clock.monotonic() + self._patience_seconds
        refusals = 0
        while True:
            try:
                return await self._retry.acall(self._attempt, method, query, read, budget, until)
            except _TooMany as error:
                # Where the service does not say how long, as long again each time.
                most = min(_LONGEST_PAUSE_SECONDS, 2.0**refusals)
                self._gate.hold(max(error.retry_after_seconds, most * (1 + self._chance()) / 2))
                refusals += 1

    async def _attempt(
        self,
        method: str,
        query: Query,
        read: Callable[[bytes], T],
        budget: Budget | None,
        until: float,
    ) -> T | Refusal:
        with await self._gate.enter(until=until) as visit:
            return await self._breaker.acall(self._read, method, query, read, budget, visit)

    async def _read(
        self,
        method: str,
        query: Query,
        read: Callable[[bytes], T],
        budget: Budget | None,
        visit: Visit,
    ) -> T | Refusal:
        """Make one request, and return what the answer says."""
        if budget is not None and not budget.take():
            raise BudgetSpent("as many requests have been made as may be")
        reply = await self._exchange(method, query, visit)
        if reply.status == OK:
            return read(reply.body)
        return _refusal(method, reply)

    async def _exchange(self, method: str, query: Query, visit: Visit) -> Reply:
        """Make one request; raises where the answer is that it cannot be answered now."""
        visit.is_sent = True
        reply = await self._transport.get(method, query)
        now = self._clock.now()
        told = told_by(reply.headers, now=now)
        visit.answered(told)

        seconds = retry_after(reply.headers, now=now)
        where = f"{method}: {self._transport.host}"
        if reply.status == _TOO_MANY:
            # How many are left by then is told beside it, and kept to anyway.
            if not seconds and told is not None and told.resets_in is not None:
                seconds = told.resets_in
            self._gate.hold(seconds)
            raise _TooMany(f"{where}: got 429", retry_after_seconds=seconds)
        if reply.status in _UNAVAILABLE:
            self._gate.hold(seconds)
            raise AppViewError(f"{where}: got {reply.status}", retry_after_seconds=seconds)
        if reply.status != OK and reply.status < _LEAST_ERROR:
            wants = "200: redirects are not followed, ATPROTO_SERVICE must be the final address"
            raise _Unfit(f"{where}: got {reply.status}, wants {wants}", retry_after_seconds=300.0)
        return reply


class _TooMany(RateLimited):
    """The service has said 429: nothing has failed, so no breaker counts it."""


def appview_retry(
    *,
    patience_seconds: float = PATIENCE_SECONDS,
    clock: Clock = _SYSTEM_CLOCK,
    chance: Callable[[], float] = random.random,
) -> Retry:
    """Return how a request is made again that has failed: full jitter, and few of all.

    One that is to be made again after more than `patience_seconds` is not.
    """

    def is_worth_another(error: Exception) -> bool:
        return (
            isinstance(error, AppViewError)
            and not isinstance(error, _Unfit)
            and error.retry_after_seconds <= patience_seconds
        )

    return Retry(
        name="appview",
        attempts=_ATTEMPTS,
        first_seconds=0.5,
        most_seconds=10.0,
        budget=RetryBudget(),
        is_transient=is_worth_another,
        clock=clock,
        chance=chance,
    )


def _refusal(method: str, reply: Reply) -> Refusal:
    """Return what an answer means by which the service will stay."""
    error = reading.error_in(reply.body)
    name = method.rpartition(".")[2]
    if reply.status in _NO_ACCESS or error in _NO_METHOD:
        return NotOffered(name, reply.status)
    if reply.status == _NOT_FOUND and error is None:
        return NotOffered(name, reply.status)
    return Declined(name, error or "Unknown")


def _paged(query: Query, cursor: str | None, limit: int) -> Query:
    if not 1 <= limit <= MAX_PAGE:
        raise Invalid(field="limit", got=limit, wants=f"1 to {MAX_PAGE}")
    query.append(("limit", str(limit)))
    if cursor is not None:
        query.append(("cursor", cursor))
    return query
