"""What the steps of a strategy are made of: tasks, requests, pages, and what comes of them."""

from typing import Final, Literal

import msgspec

PROFILES: Final = 25
"""Users that one request asks about."""

TaskKind = Literal[
    "seeds",
    "followers",
    "follows",
    "search",
    "collected",
    "feed",
    "likes",
    "reposts",
    "replies",
    "quotes",
    "collected_mentions",
    "mentions",
]
"""What a task asks for; those that are collected ask this installation, which costs no request."""
RequestKind = TaskKind | Literal["hydrate"]
FoundStatus = Literal["found", "candidate", "outside", "gone", "excluded"]
"""A candidate's followers are not counted yet; who is *excluded* is known, to be left out."""
Trouble = Literal["not_offered", "refused"]
"""Why a request will not be answered: the service does not do that, or not for this subject."""


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """A place of the frontier: what is to be asked about whom, from `cursor` on.

    Tasks are taken up in the order of `seq`; one that goes on, or changes its kind, keeps its own.
    """

    seq: int
    kind: TaskKind
    subject: str
    degree: int = 0
    cursor: str | None = None
    pages: int = 0


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A user, or a post of one (`uri`), in the order in which they were found.

    `key` is the `uri` of a post and the `did` of a user: handles change.
    """

    number: int
    key: str
    did: str
    handle: str | None = None
    uri: str | None = None
    status: FoundStatus = "found"
    degree: int = 0
    via: str = ""
    followers_count: int | None = None
    follows_count: int | None = None
    posts_count: int | None = None


class State(msgspec.Struct, frozen=True, kw_only=True):
    """What a run must know of itself beside its tasks and what it has found.

    `tasks` is how many are on the frontier. `seeds` counts those that the service knows; `source`
    is the one that it is all about.
    `is_collected`: the service offers no search.
    """

    tasks: int = 0
    next_task: int = 0
    next_number: int = 1
    found: int = 0
    candidates: int = 0
    posts: int = 0
    seeds: int = 0
    source: str | None = None
    is_collected: bool = False

    @property
    def frontier(self) -> int:
        """How many requests are known to be needed, at least."""
        return self.tasks + -(-self.candidates // PROFILES)


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One request: about a user, a post or a query (`subject`), or about several users.

    `task` is what it is made for; None where it counts the followers of candidates.
    """

    kind: RequestKind
    subject: str = ""
    subjects: tuple[str, ...] = ()
    cursor: str | None = None
    limit: int = 100
    task: Task | None = None

    @property
    def is_free(self) -> bool:
        """Whether it goes to this installation, and so costs no request."""
        return self.kind in ("collected", "collected_mentions")


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """A user as the service shows them; counts are known of some views only."""

    did: str
    handle: str | None = None
    followers_count: int | None = None
    follows_count: int | None = None
    posts_count: int | None = None


class PostSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A post as the service, or this installation, shows it."""

    uri: str
    did: str
    handle: str | None = None
    like_count: int = 0


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """An answer: users or posts, and where the next page begins, None where there is none."""

    profiles: tuple[Profile, ...] = ()
    posts: tuple[PostSeen, ...] = ()
    cursor: str | None = None


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer changes: all of it is stored at once, before the next request.

    `found` and `tasks` are new or take the place of those of the same key and `seq`; the tasks of
    `ended` are over. With `error`, the run has failed.
    """

    state: State
    found: tuple[Found, ...] = ()
    tasks: tuple[Task, ...] = ()
    ended: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()
    error: str | None = None
