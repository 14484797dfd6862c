"""The origins of pages: those of tenants, and those of their clients."""

from tenantry.clients import ClientIndex
from tenantry.eventlog import ProjectionRunner
from tenantry.tenants import Access


class PageOrigins:
    """A tenant has the origins that were given to it, and those that its clients whitelist."""

    def __init__(self, *, access: Access, runner: ProjectionRunner) -> None:
        self._access = access
        self._runner = runner

    def is_known(self, origin: str) -> bool:
        """Whether any tenant has it."""
        return self._access.is_known(origin) or bool(self._clients.of_origin(origin))

    def is_of(self, origin: str, tenant_id: str) -> bool:
        """Whether this tenant has it."""
        return self._access.is_of(origin, tenant_id) or any(
            entry.tenant_id == tenant_id for entry in self._clients.of_origin(origin)
        )

    @property
    def _clients(self) -> ClientIndex:
        index = self._runner.projection
        assert isinstance(index, ClientIndex)  # noqa: S101 - the runner is generic
        return index
