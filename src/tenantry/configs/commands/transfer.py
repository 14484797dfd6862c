"""What an import will do, and how far it has come."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice

import msgspec

from tenantry.base.errors import Invalid, TenantryError
from tenantry.configs import rules
from tenantry.configs.model import PLACEHOLDER
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


class ImportReport(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What an import has done; where it stopped, also what it has not.

    Whether those in `unknown` were stored only the server knows: no answer came.
    """

    created: int
    updated: int
    unchanged: int
    errors: dict[str, str] = {}
    not_stored: list[str] = []
    unknown: list[str] = []


class Transfer:
    """Which settings were stored, which were refused, and of which no answer came."""

    def __init__(self) -> None:
        self.stored: list[str] = []
        self.refused: dict[str, TenantryError] = {}
        self.unanswered: dict[str, TenantryError] = {}
        self.is_interrupted = False

    @property
    def is_stopped(self) -> bool:
        """Whether it is to end before everything is stored."""
        return self.is_interrupted or bool(self.refused or self.unanswered)

    def take(self, name: str, outcome: Future[None]) -> None:
        """Note how the sending of `name` ended."""
        error = outcome.exception()
        if error is None:
            self.stored.append(name)
        elif not isinstance(error, TenantryError):
            raise error
        elif isinstance(error, Refused) and error.is_certain:
            self.refused[name] = error
        else:
            self.unanswered[name] = error

    def report(self, plan: ImportPlan) -> ImportReport:
        """Return what has become of `plan`."""
        stored, unknown = set(self.stored), sorted(self.unanswered)
        failed = {**self.refused, **self.unanswered}
        return ImportReport(
            created=len(stored & set(plan.created)),
            updated=len(stored & set(plan.updated)),
            unchanged=len(plan.unchanged),
            errors={name: error.message for name, error in failed.items()},
            not_stored=[name for name in plan.changes if name not in stored.union(unknown)],
            unknown=unknown,
        )


def check_all(values: Mapping[str, bytes], current: Mapping[str, bytes], *, source: str) -> None:
    """Raise `Invalid` with every setting of `values` that could not be stored.

    What stands for a secret is no problem where `current` has one there: it stays as it is.
    """
    problems = [
        problem
        for name, value in values.items()
        if (problem := _problem(name, value, is_secret=current.get(name) == PLACEHOLDER))
    ]
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

            try:
                done, _ = wait(under_way, return_when=FIRST_COMPLETED)
            except KeyboardInterrupt:
                transfer.is_interrupted = True
                continue
            for outcome in done:
                transfer.take(under_way.pop(outcome), outcome)
            tell(len(transfer.stored))


def _problem(name: str, value: bytes, *, is_secret: bool) -> str | None:
    shown = name if len(name) <= 64 else f"{name[:64]}…"  # noqa: PLR2004 - enough to know it by
    if value == PLACEHOLDER and is_secret:
        return None
    try:
        rules.check_name(name)
        rules.check_value(value)
    except Invalid as error:
        return f"{shown!r}: {error.message}"
    return None
