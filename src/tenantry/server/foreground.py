"""Collecting in the foreground, for somebody who looks on."""

from collections.abc import Callable, Iterable

from tenantry.app.collecting import collecting_tenant
from tenantry.base import SystemClock, root_principal
from tenantry.base.errors import Unavailable
from tenantry.collector import CollectorViews, Figures, status_in_words
from tenantry.db import Database
from tenantry.server.collector_child import collect
from tenantry.settings import Settings


class Foreground:
    """Collects until Ctrl-C, and shows each second how it goes; `figures` is what came of it."""

    def __init__(
        self, settings: Settings, *, show: Callable[[Iterable[str]], None] | None = None
    ) -> None:
        self._settings = settings
        self._show = show
        self.figures = Figures()

    def run(self) -> int:
        """Collect, and return the exit code."""
        return collect(self._settings, beside=self._look)

    async def _look(self, database: Database) -> None:
        tenant_id = collecting_tenant(self._settings)
        views = CollectorViews(database=database, clock=SystemClock(), collecting_tenant=tenant_id)
        try:
            status = await views.status(root_principal(source="terminal"), tenant_id)
        except Unavailable:
            # The next look tells; collecting goes on, and says itself what is wrong.
            return
        self.figures = status.figures
        if self._show is not None:
            self._show(status_in_words(status))
