"""`AppViewNetwork`: what strategies ask, as requests of the AT Protocol service."""

from typing import Final

from tenantry.collector.model.strategy_step import Page, PostSeen, Profile, Request, Trouble
from tenantry.collector.remote import appview
from tenantry.collector.remote.appview import AppView, Budget

_LIKED: Final = "top"


class AppViewNetwork:
    """Asks one service; how fast, and how often again, is the client's business."""

    def __init__(self, client: AppView) -> None:
        self._client = client

    async def ask(self, request: Request, budget: Budget) -> Page | Trouble:
        """Return the answer, or why there will never be one; raises `Unavailable` for now."""
        if request.kind in ("seeds", "hydrate"):
            found = await self._client.get_profiles(request.subjects, budget=budget)
            if not isinstance(found, appview.Profiles):
                return _trouble(found)
            return Page(profiles=tuple(map(_profile, found.found)))
        if request.kind in ("followers", "follows", "likes", "reposts"):
            return _page(await self._users(request, budget))
        return _page(await self._posts(request, budget))

    async def _users(
        self, request: Request, budget: Budget
    ) -> appview.Page[appview.Profile] | appview.Refusal:
        ask = {
            "followers": self._client.get_followers,
            "follows": self._client.get_follows,
            "likes": self._client.get_likes,
            "reposts": self._client.get_reposted_by,
        }[request.kind]
        return await ask(request.subject, cursor=request.cursor, limit=request.limit, budget=budget)

    async def _posts(
        self, request: Request, budget: Budget
    ) -> appview.Page[appview.Post] | appview.Refusal:
        subject, cursor, limit = request.subject, request.cursor, request.limit
        client = self._client
        if request.kind == "replies":
            return await client.get_post_thread(subject, budget=budget)
        if request.kind == "quotes":
            return await client.get_quotes(subject, cursor=cursor, limit=limit, budget=budget)
        if request.kind == "feed":
            return await client.get_author_feed(subject, cursor=cursor, limit=limit, budget=budget)
        if request.kind == "mentions":
            return await client.search_posts(
                "*", mentions=subject, cursor=cursor, limit=limit, budget=budget
            )
        return await client.search_posts(
            subject, sort=_LIKED, cursor=cursor, limit=limit, budget=budget
        )


def _page(
    found: appview.Page[appview.Profile] | appview.Page[appview.Post] | appview.Refusal,
) -> Page | Trouble:
    if not isinstance(found, appview.Page):
        return _trouble(found)
    return Page(
        profiles=tuple(_profile(each) for each in found.items if isinstance(each, appview.Profile)),
        posts=tuple(_post(each) for each in found.items if isinstance(each, appview.Post)),
        cursor=found.cursor,
    )


def _trouble(refusal: appview.Refusal) -> Trouble:
    return "not_offered" if isinstance(refusal, appview.NotOffered) else "refused"


def _profile(seen: appview.Profile) -> Profile:
    return Profile(
        did=seen.did,
        handle=seen.handle,
        followers_count=seen.followers_count,
        follows_count=seen.follows_count,
        posts_count=seen.posts_count,
    )


def _post(seen: appview.Post) -> PostSeen:
    return PostSeen(uri=seen.uri, did=seen.did, handle=seen.handle, like_count=seen.like_count)
