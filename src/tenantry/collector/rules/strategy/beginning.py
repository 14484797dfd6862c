"""How each strategy begins, and what comes of those it begins with."""

from typing import Final

from tenantry.collector.model.strategy import (
    FollowBack,
    FollowGraph,
    LikeMentions,
    PopularContent,
    PostInteractions,
    StrategyParams,
)
from tenantry.collector.model.strategy_step import PROFILES, Profile, Request, State, Step, TaskKind
from tenantry.collector.rules.strategy import words
from tenantry.collector.rules.strategy.draft import Draft
from tenantry.collector.rules.strategy.planning import limit_of

FIRST_TASKS: Final[dict[type[StrategyParams], tuple[TaskKind, ...]]] = {
    PostInteractions: ("feed",),
    FollowBack: ("follows", "followers"),
    LikeMentions: ("collected_mentions", "mentions"),
}


def begin(params: StrategyParams) -> Step:
    """Return the first step of a run."""
    draft = Draft(State(), limit=limit_of(params), known={})
    if isinstance(params, PopularContent):
        for query in params.search_queries:
            draft.add_task("search", query)
        return draft.step()

    seeds = _seeds(params)
    for first in range(0, len(seeds), PROFILES):
        draft.add_task("seeds", " ".join(seeds[first : first + PROFILES]))
    return draft.step()


def take_seeds(
    params: StrategyParams, draft: Draft, request: Request, profiles: tuple[Profile, ...]
) -> None:
    """Go on from the users that a run begins with, as far as the service knows them."""
    task = request.task
    if task is None:
        return
    draft.end(task)
    by_did = {each.did: each for each in profiles}
    draft.change(seeds=draft.state.seeds + len(by_did))
    for profile in by_did.values():
        if isinstance(params, FollowGraph):
            if draft.see(profile, via="seed"):
                draft.add_task(first_direction(params), profile.did)
            continue
        draft.change(source=profile.did)
        for kind in FIRST_TASKS[type(params)]:
            draft.add_task(kind, profile.did)

    missing = len(request.subjects) - len(by_did)
    is_last = task.seq == -(-len(_seeds(params)) // PROFILES) - 1
    if is_last and not draft.state.seeds:
        draft.fail(words.NOBODY)
    elif missing > 0:
        draft.note(words.unknown_seeds(missing))


def first_direction(params: FollowGraph) -> TaskKind:
    """Return what is asked first about a user."""
    return "followers" if params.include_followers else "follows"


def _seeds(params: StrategyParams) -> tuple[str, ...]:
    if isinstance(params, FollowGraph):
        return params.seed_handles
    if isinstance(params, PostInteractions):
        return (params.source_handle,)
    if isinstance(params, PopularContent):
        return ()
    return (params.handle,)
