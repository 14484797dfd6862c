"""`Passwords`: hashed with Argon2id, on two threads, with a line before them that has an end."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from argon2.low_level import Type

from tenantry.base import Service
from tenantry.reliability import Bulkhead
from tenantry.tenants.model import MAX_PASSWORD_CHARACTERS
from tenantry.tenants.rules.names import normal_password

T = TypeVar("T")

# OWASP Password Storage Cheat Sheet: Argon2id with 19 MiB of memory, two rounds, one lane.
MEMORY_KIB: Final = 19_456
ROUNDS: Final = 2
LANES: Final = 1
THREADS: Final = 2
"""More would only make each slower: a hash keeps a core, and its memory, to itself."""

MAX_WAITING: Final = 1_024
MAX_WAIT_SECONDS: Final = 60.0

# It fits no password: nobody has the pre-image of made-up bytes.
_NOBODYS: Final = "$bm9ib2R5J3Mgc2FsdC4uLg$bm9ib2R5IGhhcyBhIHBhc3N3b3JkIHRoYXQgZml0cyE"


class Passwords(Service):
    """Hashes passwords and compares them; both raise `BulkheadFull` where too many wait."""

    def __init__(
        self,
        *,
        memory_kib: int = MEMORY_KIB,
        max_waiting: int = MAX_WAITING,
        max_wait_seconds: float = MAX_WAIT_SECONDS,
    ) -> None:
        super().__init__()
        self._hasher = PasswordHasher(
            time_cost=ROUNDS, memory_cost=memory_kib, parallelism=LANES, type=Type.ID
        )
        # A hash of nobody's costs as much to compare with as one of somebody's.
        self._nobodys = f"$argon2id$v=19$m={memory_kib},t={ROUNDS},p={LANES}{_NOBODYS}"
        self._line = Bulkhead(
            "passwords",
            max_concurrent=THREADS,
            max_waiting=max_waiting,
            max_wait_seconds=max_wait_seconds,
        )
        self._threads: ThreadPoolExecutor | None = None

    async def hash(self, password: str) -> str:
        """Return the hash of a password in the form in which the rules leave it."""
        async with self._line.place():
            return await self._on_thread(lambda: self._hasher.hash(password))

    async def is_right(
        self, password: str, kept: str | None, *, before: Callable[[], None] | None = None
    ) -> bool:
        """Whether `password` is the one that `kept` is the hash of; None is nobody's.

        It takes the same time either way. `before` is called when it is this one's turn, and what
        it raises ends the matter.
        """
        # What is longer fits nobody, and shall not take longer.
        normal = normal_password(password[: MAX_PASSWORD_CHARACTERS + 1])
        async with self._line.place():
            if before is not None:
                before()
            return await self._on_thread(lambda: self._compare(normal, kept))

    def _compare(self, password: str, kept: str | None) -> bool:
        try:
            return self._hasher.verify(self._nobodys if kept is None else kept, password)
        except (Argon2Error, InvalidHashError):
            return False

    async def _on_thread(self, work: Callable[[], T]) -> T:
        if self._threads is None:
            self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="passwords")
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    async def _on_start(self) -> None:
        """Nothing is opened before somebody needs it."""

    async def _on_stop(self) -> None:
        threads, self._threads = self._threads, None
        if threads is not None:
            await asyncio.to_thread(threads.shutdown)
