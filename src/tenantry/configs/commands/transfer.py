"""What an import will do, and how far it has come."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice

import msgspec

from tenantry.base.errors import Invalid, TenantryError
from tenantry.configs import rules
from tenantry.terminal import Refused

REQUESTS_IN_FLIGHT = 12
_SHOWN_PROBLEMS = 20


class ImportPlan(msgspec.Struct, frozen=True):
    """The settings to create and to update, by name, and those that are as they should be."""

    created: Sequence[str]
    updated: Sequence[str]
    unchanged: Sequence[str]

    @property
    def changes(self) -> Sequence[str]:
        """What is to be sent, in the order of the names."""
        return sorted([*self.created, *self.updated])


class Transfer(msgspec.Struct):
    """Which settings were stored, which were refused, and of which no answer came."""

    stored: list[str] = []
    refused: dict[str, TenantryError] = {}
    unanswered: dict[str, TenantryError] = {}

    @property
    def is_stopped(self) -> bool:
        """Whether something went wrong."""
        return bool(self.refused or self.unanswered)

    @property
    def first_problem(self) -> tuple[str, TenantryError]:
        """The name of a setting that could not be stored, and why."""
        return next(iter((self.refused or self.unanswered).items()))

    def take(self, name: str, outcome: Future[None]) -> None:
        """Note how the sending of `name` ended."""
        error = outcome.exception()
        if error is None:
            self.stored.append(name)
        elif isinstance(error, Refused):
            self.refused[name] = error
        elif isinstance(error, TenantryError):
            self.unanswered[name] = error
        else:
            raise error


def check_all(values: Mapping[str, bytes], *, source: str) -> None:
    """Raise `Invalid` with every setting of `values` that could not be stored."""
    problems = [problem for name, value in values.items() if (problem := _problem(name, value))]
    if not problems:
        return

    shown = [f"  {problem}" for problem in problems[:_SHOWN_PROBLEMS]]
    if len(problems) > len(shown):
        shown.append(f"  and {len(problems) - len(shown)} more")
    count = "1 setting" if len(problems) == 1 else f"{len(problems)} settings"
    raise Invalid(
        "\n".join([f"{source}: {count} cannot be stored:", *shown]),
        code="invalid_import",
        details={"problems": problems},
    )


def plan_import(
    desired: Mapping[str, bytes],
    current: Mapping[str, bytes],
    *,
    is_same: Callable[[bytes, bytes], bool],
) -> ImportPlan:
    """Compare what a file says with what is stored."""
    created, updated, unchanged = [], [], []
    for name in sorted(desired):
        if name not in current:
            created.append(name)
        elif is_same(desired[name], current[name]):
            unchanged.append(name)
        else:
            updated.append(name)
    return ImportPlan(created, updated, unchanged)


def send_all(
    names: Iterable[str], send: Callable[[str], None], *, tell: Callable[[int], None]
) -> Transfer:
    """Call `send` for every name, several at a time, until one fails; `tell` hears how many.

    What was under way then is waited for, so that the result is what happened.
    """
    transfer = Transfer()
    waiting = iter(names)
    under_way: dict[Future[None], str] = {}

    with ThreadPoolExecutor(REQUESTS_IN_FLIGHT, thread_name_prefix="import") as pool:
        while True:
            if not transfer.is_stopped:
                for name in islice(waiting, REQUESTS_IN_FLIGHT - len(under_way)):
                    under_way[pool.submit(send, name)] = name
            if not under_way:
                return transfer

            done, _ = wait(under_way, return_when=FIRST_COMPLETED)
            for outcome in done:
                transfer.take(under_way.pop(outcome), outcome)
            tell(len(transfer.stored))


def _problem(name: str, value: bytes) -> str | None:
    shown = name if len(name) <= 64 else f"{name[:64]}…"  # noqa: PLR2004 - enough to know it by
    try:
        rules.check_name(name)
        rules.check_value(value)
    except Invalid as error:
        return f"{shown!r}: {error.message}"
    return None
