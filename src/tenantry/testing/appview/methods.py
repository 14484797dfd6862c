"""What each method of a fake AppView answers, from the network that it knows."""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, Final, TypeAlias, TypeVar

from tenantry.base.instant import format_millisecond
from tenantry.testing.appview.graph import SocialGraph

INVALID_HANDLE: Final = "handle.invalid"
MAX_ACTORS: Final = 25
MAX_LIMIT: Final = 100

Document: TypeAlias = dict[str, Any]
T = TypeVar("T")


class Refused(Exception):
    """An error of the protocol."""

    def __init__(self, error: str, message: str) -> None:
        super().__init__(message)
        self.error = error
        self.message = message


class Query:
    """What a request asks for."""

    def __init__(self, values: Mapping[str, Sequence[str]]) -> None:
        self._values = values

    def all(self, name: str) -> Sequence[str]:
        """Return every value of a parameter."""
        return self._values.get(name, ())

    def one(self, name: str) -> str:
        """Return a parameter that must be there."""
        values = self.all(name)
        if not values:
            raise Refused("InvalidRequest", f'Error: Params must have the property "{name}"')
        return values[0]

    @property
    def limit(self) -> int:
        """How long a page may be."""
        text = next(iter(self.all("limit")), "50")
        if not text.isdigit() or not 1 <= int(text) <= MAX_LIMIT:
            raise Refused("InvalidRequest", f"Error: limit can not be greater than {MAX_LIMIT}")
        return int(text)

    @property
    def offset(self) -> int:
        """Where a page begins: its cursor, which nobody else can read."""
        cursor = next(iter(self.all("cursor")), None)
        if cursor is None:
            return 0
        try:
            return int(base64.urlsafe_b64decode(cursor).decode().removeprefix("at:"))
        except (binascii.Error, ValueError):
            raise Refused("InvalidRequest", "Malformed cursor") from None


class Methods:
    """Answers by the name of the method; raises `Refused`.

    Those in `gone` are left out by `getProfiles`, though lists still have them; those in
    `invalid_handles` are shown as `handle.invalid`.
    """

    def __init__(self, graph: SocialGraph) -> None:
        self.gone: set[str] = set()
        self.invalid_handles: set[str] = set()
        self._graph = graph
        self._methods: dict[str, Callable[[Query], Document]] = {
            "app.bsky.actor.getProfiles": self._profiles,
            "app.bsky.actor.getProfile": self._profile,
            "app.bsky.graph.getFollowers": self._followers,
            "app.bsky.graph.getFollows": self._follows,
            "app.bsky.feed.searchPosts": self._search,
            "app.bsky.feed.getLikes": self._likes,
            "app.bsky.feed.getRepostedBy": self._reposted_by,
            "app.bsky.feed.getQuotes": self._quotes,
            "app.bsky.feed.getPostThread": self._thread,
            "app.bsky.feed.getAuthorFeed": self._feed,
            "com.atproto.identity.resolveHandle": self._resolve,
        }

    def has(self, method: str) -> bool:
        """Whether there is such a method."""
        return method in self._methods

    def answer(self, method: str, query: Query) -> Document:
        """Return what a method answers."""
        return self._methods[method](query)

    def _profiles(self, query: Query) -> Document:
        actors = query.all("actors")
        if not 1 <= len(actors) <= MAX_ACTORS:
            raise Refused(
                "InvalidRequest", f"Error: actors must not have more than {MAX_ACTORS} elements"
            )
        found = [self._find(actor) for actor in actors]
        return {
            "profiles": [
                self._detailed(index)
                for index in dict.fromkeys(found)
                if index is not None and self._graph.people[index].did not in self.gone
            ]
        }

    def _profile(self, query: Query) -> Document:
        return self._detailed(self._actor(query))

    def _followers(self, query: Query) -> Document:
        index = self._actor(query)
        page, rest = _cut(self._graph.followers(index), query)
        return {
            "subject": self._view(index),
            "followers": [self._view(one) for one in page],
            **rest,
        }

    def _follows(self, query: Query) -> Document:
        index = self._actor(query)
        page, rest = _cut(self._graph.follows(index), query)
        return {"subject": self._view(index), "follows": [self._view(one) for one in page], **rest}

    def _search(self, query: Query) -> Document:
        words = query.one("q").lower()
        mentioned = next(iter(query.all("mentions")), None)
        found = [
            index
            for index, post in enumerate(self._graph.posts)
            if (words == "*" or words in post.text.lower())
            and (mentioned is None or mentioned in post.text)
        ]
        page, rest = _cut(found[::-1], query)
        return {"posts": [self._post_view(one) for one in page], "hitsTotal": len(found), **rest}

    def _likes(self, query: Query) -> Document:
        index = self._post(query)
        post = self._graph.posts[index]
        page, rest = _cut(post.likers, query)
        at = format_millisecond(post.created_us)
        likes = [{"indexedAt": at, "createdAt": at, "actor": self._view(one)} for one in page]
        return {"uri": post.uri, "likes": likes, **rest}

    def _reposted_by(self, query: Query) -> Document:
        post = self._graph.posts[self._post(query)]
        page, rest = _cut(post.reposters, query)
        return {"uri": post.uri, "repostedBy": [self._view(one) for one in page], **rest}

    def _quotes(self, query: Query) -> Document:
        index = self._post(query)
        page, rest = _cut(self._quoting.get(index, []), query)
        return {
            "uri": self._graph.posts[index].uri,
            "posts": [self._post_view(one) for one in page],
            **rest,
        }

    def _thread(self, query: Query) -> Document:
        index = self._post(query)
        replies: list[Document] = [
            {"$type": "app.bsky.feed.defs#threadViewPost", "post": self._post_view(one)}
            for one in self._answering.get(index, [])
        ]
        # As where somebody has blocked the author.
        replies.append(
            {
                "$type": "app.bsky.feed.defs#notFoundPost",
                "uri": f"{self._graph.posts[index].uri}-gone",
                "notFound": True,
            }
        )
        thread = {
            "$type": "app.bsky.feed.defs#threadViewPost",
            "post": self._post_view(index),
            "replies": replies,
        }
        return {"thread": thread}

    def _feed(self, query: Query) -> Document:
        actor = self._actor(query)
        mine = [index for index, post in enumerate(self._graph.posts) if post.author == actor]
        page, rest = _cut(mine[::-1], query)
        feed: list[Document] = [{"post": self._post_view(one)} for one in page]
        if not query.offset and (reposted := self._reposted_of(actor)) is not None:
            reason = {"$type": "app.bsky.feed.defs#reasonRepost", "by": self._view(actor)}
            feed.insert(0, {"post": self._post_view(reposted), "reason": reason})
        return {"feed": feed, **rest}

    def _resolve(self, query: Query) -> Document:
        index = self._by_name.get(query.one("handle").lower())
        if index is None:
            raise Refused("InvalidRequest", "Unable to resolve handle")
        return {"did": self._graph.people[index].did}

    def _reposted_of(self, actor: int) -> int | None:
        posts = enumerate(self._graph.posts)
        return next((index for index, post in posts if actor in post.reposters), None)

    def _actor(self, query: Query) -> int:
        index = self._find(query.one("actor"))
        if index is None:
            raise Refused("InvalidRequest", "Profile not found")
        return index

    def _post(self, query: Query) -> int:
        index = self._by_uri.get(query.one("uri"))
        if index is None:
            raise Refused("NotFound", "Post not found")
        return index

    def _find(self, actor: str) -> int | None:
        return self._by_name.get(actor if actor.startswith("did:") else actor.lower())

    def _view(self, index: int) -> Document:
        """Return a user as lists show them: without counts."""
        person = self._graph.people[index]
        is_invalid = person.did in self.invalid_handles
        return {
            "did": person.did,
            "handle": INVALID_HANDLE if is_invalid else person.handle,
            "displayName": person.display_name,
        }

    def _detailed(self, index: int) -> Document:
        return {
            **self._view(index),
            "followersCount": len(self._graph.followers(index)),
            "followsCount": len(self._graph.follows(index)),
            "postsCount": self._post_counts.get(index, 0),
        }

    def _post_view(self, index: int) -> Document:
        post = self._graph.posts[index]
        at = format_millisecond(post.created_us)
        return {
            "uri": post.uri,
            "cid": post.cid,
            "author": self._view(post.author),
            "record": {"$type": "app.bsky.feed.post", "text": post.text, "createdAt": at},
            "replyCount": len(self._answering.get(index, [])),
            "repostCount": len(post.reposters),
            "likeCount": len(post.likers),
            "quoteCount": len(self._quoting.get(index, [])),
            "indexedAt": at,
        }

    @cached_property
    def _by_name(self) -> dict[str, int]:
        people = self._graph.people
        names = {person.handle: index for index, person in enumerate(people)}
        return names | {person.did: index for index, person in enumerate(people)}

    @cached_property
    def _by_uri(self) -> dict[str, int]:
        return {post.uri: index for index, post in enumerate(self._graph.posts)}

    @cached_property
    def _answering(self) -> dict[int, list[int]]:
        return _grouped([post.reply_to for post in self._graph.posts])

    @cached_property
    def _quoting(self) -> dict[int, list[int]]:
        return _grouped([post.quotes for post in self._graph.posts])

    @cached_property
    def _post_counts(self) -> dict[int, int]:
        mine = _grouped([post.author for post in self._graph.posts])
        return {author: len(posts) for author, posts in mine.items()}


def _cut(entries: Sequence[T], query: Query) -> tuple[Sequence[T], Document]:
    """Return a page, and the cursor of the next one where there is more."""
    start, end = query.offset, query.offset + query.limit
    return entries[start:end], {"cursor": cursor_at(end)} if end < len(entries) else {}


def cursor_at(offset: int) -> str:
    """Return the cursor of the page that begins there."""
    return base64.urlsafe_b64encode(f"at:{offset}".encode()).decode()


def _grouped(about: Sequence[int | None]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for index, subject in enumerate(about):
        if subject is not None:
            found.setdefault(subject, []).append(index)
    return found
