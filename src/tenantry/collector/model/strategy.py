"""The strategies, and what each of them may be told: whom to begin with, and where to end."""

from typing import Final, Literal, TypeAlias

import msgspec

StrategyName = Literal[
    "follow-graph", "popular-content", "post-interactions", "follow-back", "like-mentions"
]

MAX_USERS: Final = 100_000
MAX_REQUESTS: Final = 100_000
DEFAULT_REQUESTS: Final = 3_000
"""What the network allows an address in five minutes."""


class FollowGraph(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Who follows whom, from some users on, nearest first.

    `min_followers` and `max_followers` hold for users as `getProfiles` counts them; who is outside
    is neither listed nor followed on. Those that it begins with are always listed. `max_pages` are
    of a hundred users, for each user and direction.
    """

    seed_handles: tuple[str, ...]
    max_users: int = 10_000
    max_degrees: int = 3
    include_followers: bool = True
    include_following: bool = True
    min_followers: int | None = None
    max_followers: int | None = None
    max_pages: int = 10
    max_requests: int = DEFAULT_REQUESTS


class PopularContent(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Who writes what is liked, among the posts that some queries find."""

    search_queries: tuple[str, ...] = (
        "#introduction",
        "#newhere",
        "#art",
        "#photography",
        "#tech",
        "#politics",
    )
    min_likes: int = 5
    max_users: int = 5_000
    max_pages: int = 10
    max_requests: int = DEFAULT_REQUESTS


class PostInteractions(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Who likes, reposts, answers and quotes the latest posts of a user."""

    source_handle: str
    post_limit: int = 50
    likes: bool = True
    reposts: bool = True
    replies: bool = True
    quotes: bool = True
    max_users: int = 10_000
    max_pages: int = 10
    max_requests: int = DEFAULT_REQUESTS


class FollowBack(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Who follows a user who does not follow them."""

    handle: str
    max_users: int = 10_000
    max_requests: int = DEFAULT_REQUESTS


class LikeMentions(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The latest posts that mention a user."""

    handle: str
    post_limit: int = 100
    max_pages: int = 10
    max_requests: int = DEFAULT_REQUESTS


StrategyParams: TypeAlias = (
    FollowGraph | PopularContent | PostInteractions | FollowBack | LikeMentions
)

STRATEGIES: Final[dict[StrategyName, type[StrategyParams]]] = {
    "follow-graph": FollowGraph,
    "popular-content": PopularContent,
    "post-interactions": PostInteractions,
    "follow-back": FollowBack,
    "like-mentions": LikeMentions,
}
