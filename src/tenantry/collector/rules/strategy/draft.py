"""A step while it is put together."""

import msgspec

from tenantry.collector.model.strategy_step import (
    Found,
    FoundStatus,
    Profile,
    State,
    Step,
    Task,
    TaskKind,
)

NO_HANDLE = "handle.invalid"
"""What a service says where a handle and its DID do not name one another."""


class Draft:
    """Collects what one answer changes, on `state`; `known` are found already, `limit` is the end.

    It is used up by one answer, and seen by nobody else.
    """

    def __init__(self, state: State, *, limit: int, known: dict[str, Found]) -> None:
        self.state = state
        self._limit = limit
        self._known = dict(known)
        self._found: dict[str, Found] = {}
        self._tasks: dict[int, Task] = {}
        self._ended: list[int] = []
        self._notes: list[str] = []
        self._error: str | None = None

    @property
    def has_room(self) -> bool:
        """Whether more may be found."""
        return self.state.found < self._limit

    def change(self, **values: object) -> None:
        """Set fields of the state."""
        self.state = msgspec.structs.replace(self.state, **values)

    def see(
        self,
        profile: Profile,
        *,
        via: str,
        degree: int = 0,
        status: FoundStatus = "found",
        uri: str | None = None,
    ) -> bool:
        """Take a user in, or a post of theirs; False where that is known, or there is no room."""
        key = profile.did if uri is None else uri
        handle = None if profile.handle == NO_HANDLE else profile.handle
        known = self._known.get(key)
        if known is not None:
            if handle is not None and handle != known.handle:
                self._keep(msgspec.structs.replace(known, handle=handle))
            return False
        if status == "found" and not self.has_room:
            return False
        self._keep(
            Found(
                number=self.state.next_number,
                key=key,
                did=profile.did,
                handle=handle,
                uri=uri,
                status=status,
                degree=degree,
                via=via,
                followers_count=profile.followers_count,
                follows_count=profile.follows_count,
                posts_count=profile.posts_count,
            )
        )
        self.change(
            next_number=self.state.next_number + 1,
            found=self.state.found + (status == "found"),
            candidates=self.state.candidates + (status == "candidate"),
        )
        return True

    def decide(self, candidate: Found, profile: Profile | None, status: FoundStatus) -> None:
        """Settle what a candidate is, now that the service was asked about them."""
        settled = msgspec.structs.replace(candidate, status=status)
        if profile is not None:
            settled = msgspec.structs.replace(
                settled,
                handle=candidate.handle if profile.handle in (None, NO_HANDLE) else profile.handle,
                followers_count=profile.followers_count,
                follows_count=profile.follows_count,
                posts_count=profile.posts_count,
            )
        self._keep(settled)
        self.change(
            found=self.state.found + (status == "found"), candidates=self.state.candidates - 1
        )

    def add_task(self, kind: TaskKind, subject: str, *, degree: int = 0) -> None:
        """Put something at the end of the frontier."""
        seq = self.state.next_task
        self._tasks[seq] = Task(seq=seq, kind=kind, subject=subject, degree=degree)
        self.change(next_task=seq + 1, tasks=self.state.tasks + 1)

    def go_on(self, task: Task, cursor: str) -> None:
        """Ask for the next page of a task."""
        self._tasks[task.seq] = msgspec.structs.replace(task, cursor=cursor, pages=task.pages + 1)

    def turn(self, task: Task, kind: TaskKind) -> None:
        """Ask something else about the subject of a task, in its place."""
        self._tasks[task.seq] = msgspec.structs.replace(task, kind=kind, cursor=None, pages=0)

    def end(self, task: Task) -> None:
        """Take a task off the frontier."""
        self._ended.append(task.seq)
        self.change(tasks=self.state.tasks - 1)

    def note(self, text: str) -> None:
        """Say something of the run."""
        self._notes.append(text)

    def fail(self, error: str) -> None:
        """Have the run fail."""
        self._error = error

    def step(self) -> Step:
        """Return what has come together."""
        return Step(
            state=self.state,
            found=tuple(self._found.values()),
            tasks=tuple(self._tasks.values()),
            ended=tuple(self._ended),
            notes=tuple(self._notes),
            error=self._error,
        )

    def _keep(self, found: Found) -> None:
        self._known[found.key] = self._found[found.key] = found
