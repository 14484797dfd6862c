"""How much a run will cost, as far as that can be known before anybody is asked."""

from typing import Final

from tenantry.collector.model.strategy import (
    FollowBack,
    FollowGraph,
    LikeMentions,
    PopularContent,
    PostInteractions,
    StrategyParams,
)
from tenantry.collector.model.strategy_run import Estimate
from tenantry.collector.model.strategy_step import PROFILES
from tenantry.collector.rules.strategy.planning import PAGE, is_hydrated

_ONE_KIND: Final = ("likes", "reposts", "quotes")


def estimate(params: StrategyParams, *, per_second: float) -> Estimate:
    """Return how many requests a run makes that finds all it is asked for, and how long they take.

    `per_second` is the rate at which requests are made; a run that finds less may need fewer.
    """
    least, most = _requests(params)
    least, most = min(least, params.max_requests), min(most, params.max_requests)
    return Estimate(
        requests_at_least=least,
        requests_at_most=most,
        seconds_at_least=round(least / per_second, 1),
        seconds_at_most=round(most / per_second, 1),
    )


def _requests(params: StrategyParams) -> tuple[int, int]:
    if isinstance(params, FollowGraph):
        return _of_graph(params)
    if isinstance(params, PopularContent):
        return 1, len(params.search_queries) * params.max_pages
    if isinstance(params, PostInteractions):
        paged = sum(getattr(params, kind) for kind in _ONE_KIND)
        kinds = paged + params.replies
        least = 1 + _pages(params.post_limit, PAGE) + params.post_limit * kinds
        most = paged * params.max_pages + params.replies
        return least, 1 + params.max_pages + params.post_limit * most
    if isinstance(params, LikeMentions):
        return 2, 1 + params.max_pages
    if isinstance(params, FollowBack):
        return 3, params.max_requests
    raise TypeError(params)


def _of_graph(params: FollowGraph) -> tuple[int, int]:
    seeds = len(params.seed_handles)
    before = _pages(seeds, PROFILES)
    wanted = max(0, params.max_users - seeds)
    least = before + _pages(wanted, PAGE)
    directions = params.include_followers + params.include_following
    asked = seeds if params.max_degrees == 1 else max(seeds, params.max_users)
    pages = asked * directions * params.max_pages
    if not is_hydrated(params):
        return least, before + pages
    return least + _pages(wanted, PROFILES), before + pages * (1 + PAGE // PROFILES)


def _pages(count: int, size: int) -> int:
    return -(-count // size)
