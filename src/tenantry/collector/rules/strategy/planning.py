"""What to ask next: a function of what is stored, so that whoever goes on asks the same."""

from collections.abc import Sequence
from typing import Final

import msgspec

from tenantry.collector.model.strategy import (
    FollowGraph,
    LikeMentions,
    PostInteractions,
    StrategyParams,
)
from tenantry.collector.model.strategy_step import PROFILES, Found, Request, State, Task

AT_ONCE: Final = 5
"""Posts that are asked about at once."""
PAGE: Final = 100
COLLECTED_PAGES: Final = 200
"""Pages of what was collected that a task goes through, the latest first."""


def limit_of(params: StrategyParams) -> int:
    """Return how many users, or posts, a run ends with."""
    return params.post_limit if isinstance(params, LikeMentions) else params.max_users


def is_hydrated(params: StrategyParams) -> bool:
    """Whether users are listed only once their followers are counted."""
    return isinstance(params, FollowGraph) and not (
        params.min_followers is None and params.max_followers is None
    )


def plan(
    params: StrategyParams, state: State, tasks: Sequence[Task], candidates: Sequence[Found]
) -> tuple[Request, ...]:
    """Return what to ask next, all at once; nothing where the run is over.

    `tasks` are the first `AT_ONCE` of the frontier, `candidates` the first `PROFILES`.
    """
    if state.found >= limit_of(params):
        return ()
    if _is_time_to_count(tasks, candidates):
        return (Request(kind="hydrate", subjects=tuple(each.did for each in candidates)),)
    at_once = AT_ONCE if isinstance(params, PostInteractions) else 1
    return tuple(_request(params, state, task) for task in tasks[:at_once])


def _is_time_to_count(tasks: Sequence[Task], candidates: Sequence[Found]) -> bool:
    """Whether candidates fill a request, or the next task is about one of their own degree.

    Whoever is nearer is followed on first, so it must be known by then who is followed on.
    """
    if len(candidates) >= PROFILES:
        return True
    return bool(candidates) and (not tasks or tasks[0].degree >= candidates[0].degree)


def _request(params: StrategyParams, state: State, task: Task) -> Request:
    if task.kind == "seeds":
        return Request(kind="seeds", subjects=tuple(task.subject.split()), task=task)
    if task.kind == "search" and state.is_collected:
        task = msgspec.structs.replace(task, kind="collected")
    limit = PAGE
    if task.kind == "feed" and isinstance(params, PostInteractions):
        limit = max(1, min(PAGE, params.post_limit - state.posts))
    return Request(kind=task.kind, subject=task.subject, cursor=task.cursor, limit=limit, task=task)
