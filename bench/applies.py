"""Our application as a program uses it: many clients declared, applied, and applied again."""

import time
from pathlib import Path
from typing import Any, Final

import msgspec
import uvloop

from bench.routes import declared
from tenantry import clients as feature
from tenantry.app import Application, build_application
from tenantry.base import root_principal
from tenantry.settings import load_settings
from tenantry.telemetry import configure_logging

ROUTES_EACH: Final = 50
MENU_ENTRIES_EACH: Final = 10
_TENANT: Final = "default"


class Applied(msgspec.Struct, frozen=True):
    """The seconds that it took to apply all clients, and to apply the same again."""

    first: float
    again: float


def is_there() -> bool:
    """Whether clients can be applied by this version at all."""
    return hasattr(feature, "ApplyRequest")


def applies(url: str, folder: str, count: int) -> Applied:
    """Apply so many clients in one call to an empty database, and then once more."""
    return uvloop.run(_applies(url, Path(folder), count))


async def _applies(url: str, folder: Path, count: int) -> Applied:
    configs = tuple(_config(number) for number in range(count))
    settings = load_settings({}, cwd=folder, overrides={"DATABASE_URL": url, "DEV": True})
    sink = configure_logging(level="info", file=folder / "server.log")
    app = build_application(settings)
    await app.start()
    try:
        position = (await app.log.head()).position
        first = await _seconds(app, configs, changed_count=count)
        stored = (await app.log.head()).position
        assert stored - position >= count, "every client has its events"

        again = await _seconds(app, configs, changed_count=0)
        assert (await app.log.head()).position == stored, "nothing is written"
    finally:
        await app.stop()
        sink.stop()
    return Applied(first, again)


async def _seconds(app: Application, configs: tuple[Any, ...], *, changed_count: int) -> float:
    started_at = time.perf_counter()
    results = await _apply(app, configs)
    seconds = time.perf_counter() - started_at

    assert len(results) == len(configs)
    assert not any(result.errors for result in results)
    assert sum(result.changed for result in results) == changed_count
    return seconds


async def _apply(app: Any, configs: tuple[Any, ...]) -> Any:
    """Apply clients as a Python program does: whatever that looks like, it stands here only."""
    facade: Any = feature
    request = facade.ApplyRequest(configs=configs, source="file")
    return await app.clients.apply(root_principal(source="cli"), _TENANT, request)


def _config(number: int) -> dict[str, Any]:
    routes = declared(ROUTES_EACH, is_changed=False)
    entries = [
        {"title": route["title"], "link": route["path"], "ordinal": place}
        for place, route in enumerate(routes[:MENU_ENTRIES_EACH])
    ]
    return {
        "key": f"client-{number}",
        "name": f"Client {number}",
        "applicationRoles": ["ADMIN", "DEVELOPER"],
        "routes": routes,
        "menus": [{"key": "main", "name": "Main", "roles": ["USER"], "entries": entries}],
    }
