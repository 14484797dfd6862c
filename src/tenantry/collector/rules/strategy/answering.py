"""What comes of an answer, or of a request that will not be answered."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from tenantry.collector.model.strategy import (
    FollowBack,
    FollowGraph,
    LikeMentions,
    PopularContent,
    PostInteractions,
    StrategyParams,
)
from tenantry.collector.model.strategy_step import (
    Found,
    FoundStatus,
    Page,
    PostSeen,
    Profile,
    Request,
    State,
    Step,
    Task,
    TaskKind,
    Trouble,
)
from tenantry.collector.rules.strategy import words
from tenantry.collector.rules.strategy.beginning import first_direction, take_seeds
from tenantry.collector.rules.strategy.draft import Draft
from tenantry.collector.rules.strategy.planning import COLLECTED_PAGES, is_hydrated, limit_of

_KINDS: Final[tuple[TaskKind, ...]] = ("likes", "reposts", "replies", "quotes")


def keys_of(params: StrategyParams, page: Page, request: Request) -> set[str]:
    """Return what must be known of what was found already, to take a page in."""
    if isinstance(params, LikeMentions):
        return {post.uri for post in page.posts}
    dids = {each.did for each in page.profiles} | {post.did for post in page.posts}
    return dids | set(request.subjects)


def answer(
    params: StrategyParams, state: State, request: Request, page: Page, known: Mapping[str, Found]
) -> Step:
    """Return the step that an answer makes; `known` is what was found of `keys_of` before."""
    draft = Draft(state, limit=limit_of(params), known=dict(known))
    if request.kind == "hydrate":
        _count(params, draft, request, page, known)
    elif request.kind == "seeds":
        take_seeds(params, draft, request, page.profiles)
    elif request.task is not None:
        _TAKERS[type(params)](params, draft, request.task, page)
        _go_on(params, draft, request.task, page)
    return draft.step()


def refuse(
    params: StrategyParams,
    state: State,
    request: Request,
    trouble: Trouble,
    known: Mapping[str, Found],
) -> Step:
    """Return the step that is made where a request will not be answered, however often made."""
    draft = Draft(state, limit=limit_of(params), known=dict(known))
    task = request.task
    if request.kind == "hydrate":
        draft.note(words.NOT_SHOWN)
        _count(params, draft, request, Page(), known)
    elif request.kind == "seeds" and trouble == "not_offered":
        draft.fail(words.NO_USERS)
    elif request.kind == "seeds":
        take_seeds(params, draft, request, ())
    elif task is not None:
        _do_without(params, draft, task, trouble)
    return draft.step()


def _do_without(params: StrategyParams, draft: Draft, task: Task, trouble: Trouble) -> None:
    if trouble == "not_offered" and task.kind == "search":
        draft.change(is_collected=True)
        draft.note(words.NO_SEARCH)
        draft.turn(task, "collected")
    elif trouble == "not_offered" and task.kind == "mentions":
        draft.note(words.NO_MENTIONS)
        draft.end(task)
    elif task.kind == "feed":
        draft.fail(words.HIDDEN_POSTS)
    elif task.kind == "follows" and isinstance(params, FollowBack):
        # Or whoever follows would look as if they were not followed back.
        draft.fail(words.HIDDEN_FOLLOWS)
    else:
        draft.note(words.NOT_SHOWN)
        _turn_or_end(params, draft, task)


def _count(
    params: StrategyParams,
    draft: Draft,
    request: Request,
    page: Page,
    known: Mapping[str, Found],
) -> None:
    """Decide about candidates by how many followers they have; who is not shown is gone."""
    if not isinstance(params, FollowGraph):
        return
    profiles = {each.did: each for each in page.profiles}
    for did in request.subjects:
        candidate, profile = known.get(did), profiles.get(did)
        if candidate is None or candidate.status != "candidate":
            continue
        if profile is None:
            draft.decide(candidate, None, "gone")
        elif not _is_within(params, profile):
            draft.decide(candidate, profile, "outside")
        elif draft.has_room:
            draft.decide(candidate, profile, "found")
            _follow_on(params, draft, candidate.did, candidate.degree)


def _is_within(params: FollowGraph, profile: Profile) -> bool:
    count = profile.followers_count or 0
    low, high = params.min_followers, params.max_followers
    return (low is None or count >= low) and (high is None or count <= high)


def _take_graph(params: StrategyParams, draft: Draft, task: Task, page: Page) -> None:
    if not isinstance(params, FollowGraph):
        return
    is_counted = is_hydrated(params)
    degree = task.degree + 1
    for profile in page.profiles:
        via = f"{task.kind} {task.subject}"
        status: FoundStatus = "candidate" if is_counted else "found"
        is_new = draft.see(profile, via=via, degree=degree, status=status)
        if is_new and not is_counted:
            _follow_on(params, draft, profile.did, degree)


def _follow_on(params: FollowGraph, draft: Draft, did: str, degree: int) -> None:
    if degree < params.max_degrees:
        draft.add_task(first_direction(params), did, degree=degree)


def _take_authors(params: StrategyParams, draft: Draft, task: Task, page: Page) -> None:
    if not isinstance(params, PopularContent):
        return
    for post in page.posts:
        if post.like_count >= params.min_likes:
            draft.see(_author(post), via=f"search {task.subject}")


def _take_interactions(params: StrategyParams, draft: Draft, task: Task, page: Page) -> None:
    if not isinstance(params, PostInteractions):
        return
    source = draft.state.source
    if task.kind == "feed":
        kinds = _kinds(params)
        # What they have reposted is in their feed, too.
        for uri in dict.fromkeys(post.uri for post in page.posts if post.did == source):
            if kinds and draft.state.posts < params.post_limit:
                draft.change(posts=draft.state.posts + 1)
                draft.add_task(kinds[0], uri)
        return
    for profile in (*page.profiles, *map(_author, page.posts)):
        if profile.did != source:
            draft.see(profile, via=f"{task.kind} {task.subject}")


def _take_followers(params: StrategyParams, draft: Draft, task: Task, page: Page) -> None:
    if not isinstance(params, FollowBack):
        return
    for profile in page.profiles:
        if task.kind == "follows":
            draft.see(profile, via="follows", status="excluded")
        else:
            draft.see(profile, via="followers", degree=1)


def _take_mentions(params: StrategyParams, draft: Draft, task: Task, page: Page) -> None:
    if not isinstance(params, LikeMentions):
        return
    via = "search" if task.kind == "mentions" else "collected"
    for post in page.posts:
        if post.did != draft.state.source:
            draft.see(_author(post), via=via, uri=post.uri)


def _go_on(params: StrategyParams, draft: Draft, task: Task, page: Page) -> None:
    """Ask for the next page, or about the next thing, or about nothing more."""
    # A service that names the same page again would be asked for ever.
    if page.cursor and page.cursor != task.cursor and _may_go_on(params, draft, task):
        draft.go_on(task, page.cursor)
    else:
        _turn_or_end(params, draft, task)


def _may_go_on(params: StrategyParams, draft: Draft, task: Task) -> bool:
    if task.kind in ("collected", "collected_mentions"):
        return task.pages + 1 < COLLECTED_PAGES
    if isinstance(params, FollowBack):
        return True
    if (
        task.kind == "feed"
        and isinstance(params, PostInteractions)
        and draft.state.posts >= params.post_limit
    ):
        return False
    return task.pages + 1 < params.max_pages


def _turn_or_end(params: StrategyParams, draft: Draft, task: Task) -> None:
    following = next(_following(params, task), None)
    if following is None:
        draft.end(task)
    else:
        draft.turn(task, following)


def _following(params: StrategyParams, task: Task) -> Iterator[TaskKind]:
    """Yield what is asked about the same subject after this."""
    if isinstance(params, FollowGraph) and task.kind == "followers" and params.include_following:
        yield "follows"
    if isinstance(params, PostInteractions) and task.kind in _KINDS:
        kinds = _kinds(params)
        yield from kinds[kinds.index(task.kind) + 1 :]


def _kinds(params: PostInteractions) -> tuple[TaskKind, ...]:
    return tuple(kind for kind in _KINDS if getattr(params, kind))


def _author(post: PostSeen) -> Profile:
    return Profile(did=post.did, handle=post.handle)


_TAKERS: Final[dict[type[StrategyParams], Callable[[StrategyParams, Draft, Task, Page], None]]] = {
    FollowGraph: _take_graph,
    PopularContent: _take_authors,
    PostInteractions: _take_interactions,
    FollowBack: _take_followers,
    LikeMentions: _take_mentions,
}
