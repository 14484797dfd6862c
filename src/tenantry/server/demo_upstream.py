"""Where the demo tenant's data come from: an upstream in this process, for as long as it runs."""

from contextlib import suppress
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from tenantry.app import Application
from tenantry.base import Service, root_principal
from tenantry.base.errors import TenantryError
from tenantry.telemetry import get_logger

_NAME: Final = "sync:source"
_BY: Final = "demo"

_LOGGER = get_logger("tenantry.server")


class _Written(msgspec.Struct, frozen=True):
    source: str | None = None


class _Source(msgspec.Struct, frozen=True):
    base_url: str = ""


class _Stored(msgspec.Struct, frozen=True):
    value: _Source = _Source()


class DemoUpstream(Service):
    """Listens on loopback with the default tenant's data, which the first start has synced.

    A source that somebody else has stored stays theirs, and one that was deleted stays away:
    nothing is started then. `is_source` says whether the tenant's data come from here.
    """

    def __init__(self, app: Application) -> None:
        super().__init__()
        self._app = app
        self._principal = root_principal(source=_BY)
        self._upstream: Service | None = None
        self.is_source = False

    async def _on_start(self) -> None:
        tenant_id = self._app.settings.default_tenant
        try:
            is_free, port = await self._place(tenant_id)
            if not is_free:
                return
            base_url = await self._listen(tenant_id, port)
            if port is None or not base_url.endswith(f":{port}"):
                source = {"type": "http", "base_url": base_url}
                await self._app.config_store.put(self._principal, tenant_id, _NAME, source)
            self.is_source = True
            await self._app.sync_parts.syncing.trigger(self._principal, tenant_id)
        except TenantryError as error:
            # A demo without these data is one all the same, and whoever looks is told the same.
            _LOGGER.warning("The demo data were not synced", reason=error.message)

    async def _on_stop(self) -> None:
        upstream, self._upstream = self._upstream, None
        if upstream is not None:
            await upstream.stop()

    async def _place(self, tenant_id: str) -> tuple[bool, int | None]:
        """Return whether the source is ours to say, and the port that it names already."""
        last = None
        history = self._app.config_store.history(self._principal, tenant_id, _NAME)
        async for page in history:
            last = page[-1] if page else last
        if last is None:
            return True, None
        if msgspec.json.decode(last.metadata, type=_Written).source != _BY:
            return False, None
        stored = msgspec.json.decode(last.data, type=_Stored)
        return True, urlsplit(stored.value.base_url).port

    async def _listen(self, tenant_id: str, port: int | None) -> str:
        # What serves it takes a while to import, and is for this alone.
        from tenantry.testing.upstream import demo_upstream  # noqa: PLC0415

        upstream: Any = None
        if port is not None:
            # Where it was before, or another program has the port now.
            with suppress(OSError):
                upstream = demo_upstream(tenant_id=tenant_id, port=port)
                await upstream.start()
        if upstream is None or not upstream.is_running:
            upstream = demo_upstream(tenant_id=tenant_id)
            await upstream.start()
        self._upstream = upstream
        base_url: str = upstream.base_url
        return base_url
