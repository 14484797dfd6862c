"""What is answered at once, and may be awaited all the same."""

from collections.abc import Generator
from typing import Any, Self, TypeVar

import msgspec

from tenantry.sdk.updater import UpdaterHealth, UpdaterStatus

T = TypeVar("T", bound=msgspec.Struct)


class ManagerStatus(UpdaterStatus, frozen=True, kw_only=True, rename="camel"):
    """How the updaters stand; `await manager.get_status()` says the same."""

    def __await__(self) -> Generator[Any, None, Self]:
        yield from ()
        return self


class ManagerHealth(UpdaterHealth, frozen=True, kw_only=True, rename="camel"):
    """Whether the updaters do well; `await check_updater_health()` says the same."""

    def __await__(self) -> Generator[Any, None, Self]:
        yield from ()
        return self


def as_kind(kind: type[T], answer: msgspec.Struct) -> T:
    """Return an answer as the kind that may be awaited."""
    return kind(**{name: getattr(answer, name) for name in answer.__struct_fields__})
