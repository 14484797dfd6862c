"""Waiting for a run to end, and showing meanwhile how far it is."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, TypeVar

from tenantry.base.errors import TenantryError
from tenantry.sync.commands.address import path_of
from tenantry.sync.commands.showing import CollectionProgress
from tenantry.sync.model import Progress, TenantSync

if TYPE_CHECKING:
    from tenantry.terminal.http import Http

T = TypeVar("T")

_FIRST_PAUSE_SECONDS: Final = 0.1
# A principal may ask a hundred times a minute, and may have something else to ask as well.
_LONGEST_PAUSE_SECONDS: Final = 1.5
_BEGINS_SECONDS: Final = 10.0


def progress_of(http: "Http", tenant_id: str) -> Progress:
    """Return how far a tenant's sync is."""
    return http.send("GET", path_of(tenant_id, "progress")).data(Progress)


def shown_while(
    work: Callable[[], T], *, http: "Http", tenant_id: str, shown: CollectionProgress
) -> T:
    """Do `work`, which waits for the server, and show meanwhile how far the sync is."""
    done = threading.Event()
    outcome: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            outcome.append(work())
        except BaseException as error:  # noqa: BLE001 - it is raised again where somebody waits
            errors.append(error)
        finally:
            done.set()

    # Nobody waits for it after Ctrl-C: the run goes on at the server.
    threading.Thread(target=run, name="sync-run", daemon=True).start()
    for pause in _pauses():
        if done.wait(pause):
            break
        with suppress(TenantryError):
            # What is wrong is said by the answer that is waited for.
            shown.update(progress_of(http, tenant_id))
    if errors:
        raise errors[0]
    return outcome[0]


def followed(http: "Http", tenant_id: str, *, shown: CollectionProgress) -> Progress:
    """Return when no run is under way any more, and say how far it has come."""
    for pause in _pauses():
        found = progress_of(http, tenant_id)
        shown.update(found)
        if found.status != "in_progress":
            return found
        time.sleep(pause)
    raise AssertionError("unreachable: pauses have no end")


def wait_for_refresh(http: "Http", tenant_id: str, *, before: str | None) -> None:
    """Return when another run than `before` has begun, or the data are no longer too old."""
    ends_at = time.monotonic() + _BEGINS_SECONDS
    for pause in _pauses():
        found = http.send("GET", path_of(tenant_id, "status")).data(TenantSync)
        is_other = found.correlation_id != before or not found.needs_sync
        if is_other or found.next_attempt_at is not None or time.monotonic() > ends_at:
            return
        time.sleep(pause)


def _pauses() -> Iterator[float]:
    pause = _FIRST_PAUSE_SECONDS
    while True:
        yield pause
        pause = min(pause * 1.5, _LONGEST_PAUSE_SECONDS)


def is_whole(progress: Progress | None, result: dict[str, Any]) -> bool:
    """Whether everything is there that there should be."""
    if progress is None:
        return bool(result.get("success", True))
    return progress.status == "completed" and not any(
        each.status == "failed" for each in progress.collections
    )
