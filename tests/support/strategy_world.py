"""A small network that strategies ask without a wire, and a machine that runs them in memory."""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from tenantry.collector.model.strategy import StrategyParams
from tenantry.collector.model.strategy_step import (
    PROFILES,
    Found,
    Page,
    PostSeen,
    Profile,
    Request,
    State,
    Step,
    Task,
    Trouble,
)
from tenantry.collector.rules import strategy as rules


def did(number: int) -> str:
    return f"did:plc:{number:024d}"


def handle(number: int) -> str:
    return f"user-{number}.example"


class SmallNetwork:
    """Users by number, whom each follows, and posts with those who like, repost and answer them.

    Lists come in pages of `page` at most; with `is_gappy` some of these are empty, and have a
    cursor all the same.
    """

    def __init__(
        self, follows: Sequence[Iterable[int]], *, page: int = 100, is_gappy: bool = False
    ) -> None:
        self.follows = [sorted(set(each)) for each in follows]
        self.followers: list[list[int]] = [[] for _ in self.follows]
        for who, whom in enumerate(self.follows):
            for each in whom:
                self.followers[each].append(who)
        self.page = page
        self.is_gappy = is_gappy
        self.posts: dict[str, tuple[int, int]] = {}
        self.likers: dict[str, list[int]] = {}
        self.searches: dict[str, list[str]] = {}
        self.has_search = True
        self.asked: list[Request] = []

    def answer(self, request: Request) -> Page | Trouble:  # noqa: PLR0911 - one for each kind
        """Answer as the service would."""
        self.asked.append(request)
        match request.kind:
            case "seeds" | "hydrate":
                return Page(profiles=tuple(self._known(request.subjects)))
            case "followers":
                return self._users(self.followers[self._number(request.subject)], request)
            case "follows":
                return self._users(self.follows[self._number(request.subject)], request)
            case "likes" | "reposts" | "replies":
                return self._users(self.likers.get(request.subject, []), request)
            case "quotes":
                return Page()
            case "feed":
                mine = [uri for uri, (who, _) in self.posts.items() if did(who) == request.subject]
                return self._posts(mine, request)
            case "search" | "mentions" if not self.has_search:
                return "not_offered"
            case _:
                return self._posts(self.searches.get(request.subject, []), request)

    def profile(self, number: int, *, has_counts: bool = False) -> Profile:
        counts = len(self.followers[number]) if has_counts else None
        return Profile(did=did(number), handle=handle(number), followers_count=counts)

    def _number(self, subject: str) -> int:
        return int(subject.removeprefix("did:plc:"))

    def _known(self, subjects: Iterable[str]) -> Iterable[Profile]:
        for subject in subjects:
            name = subject.removeprefix("did:plc:").removeprefix("user-").removesuffix(".example")
            if name.isdigit() and int(name) < len(self.follows):
                yield self.profile(int(name), has_counts=True)

    def _users(self, numbers: list[int], request: Request) -> Page:
        part, cursor = self._part(numbers, request)
        return Page(profiles=tuple(map(self.profile, part)), cursor=cursor)

    def _posts(self, uris: list[str], request: Request) -> Page:
        part, cursor = self._part(uris, request)
        posts = tuple(
            PostSeen(uri=uri, did=did(who), handle=handle(who), like_count=likes)
            for uri in part
            for who, likes in (self.posts[uri],)
        )
        return Page(posts=posts, cursor=cursor)

    def _part(self, listed: list, request: Request) -> tuple[list, str | None]:  # type: ignore[type-arg]
        at, _, gap = (request.cursor or "0").partition("-")
        place = int(at)
        if self.is_gappy and place % 3 == 0 and not gap:
            return [], f"{place}-gap"
        end = place + min(self.page, request.limit)
        return listed[place:end], str(end) if end < len(listed) else None


class MemoryRun:
    """A run that is carried on in memory, as the runner does it in a database."""

    def __init__(self, params: StrategyParams) -> None:
        self.params = params
        self.state = State()
        self.tasks: dict[int, Task] = {}
        self.found: dict[str, Found] = {}
        self.notes: list[str] = []
        self.error: str | None = None
        self._take(rules.begin(params))

    def next(self) -> tuple[Request, ...]:
        """Return what to ask next."""
        tasks = [self.tasks[seq] for seq in sorted(self.tasks)][: rules.AT_ONCE]
        candidates = self.listed("candidate")[:PROFILES]
        return rules.plan(self.params, self.state, tasks, candidates)

    def take(self, request: Request, answer: Page | Trouble) -> None:
        """Take an answer in."""
        page = answer if isinstance(answer, Page) else Page()
        keys = rules.keys_of(self.params, page, request)
        known = {key: self.found[key] for key in keys if key in self.found}
        if isinstance(answer, Page):
            self._take(rules.answer(self.params, self.state, request, answer, known))
        else:
            self._take(rules.refuse(self.params, self.state, request, answer, known))

    def run(self, ask: Callable[[Request], Page | Trouble], *, rounds: int = 100_000) -> None:
        """Carry it on to its end."""
        for _ in range(rounds):
            requests = () if self.error else self.next()
            if not requests:
                return
            for request in requests:
                self.take(request, ask(request))
        raise AssertionError("the run does not end")

    def listed(self, status: str = "found") -> list[Found]:
        """Return what has a status, in its order."""
        found = [each for each in self.found.values() if each.status == status]
        return sorted(found, key=lambda each: each.number)

    def _take(self, step: Step) -> None:
        self.state = step.state
        self.found |= {each.key: each for each in step.found}
        for seq in step.ended:
            del self.tasks[seq]
        self.tasks |= {task.seq: task for task in step.tasks}
        self.notes += step.notes
        self.error = step.error
        # What a run says of itself is what there is.
        statuses = Counter(each.status for each in self.found.values())
        assert self.state.found == statuses["found"]
        assert self.state.candidates == statuses["candidate"]
        assert self.state.tasks == len(self.tasks)
        numbers = [each.number for each in self.found.values()]
        assert len(numbers) == len(set(numbers))


def random_network(rng: random.Random, users: int, *, most: int = 8) -> SmallNetwork:
    """Return a network in which users follow a few others each."""
    follows = [
        {rng.randrange(users) for _ in range(rng.randrange(most))} - {who} for who in range(users)
    ]
    return SmallNetwork(follows, page=rng.randint(1, 7), is_gappy=rng.random() < 0.5)
