"""What a step works under: the run, its lease, and what the source is to it."""

import msgspec

from tenantry.scheduling import Lease
from tenantry.sync.model import Run


class Under(msgspec.Struct, frozen=True):
    """A run that writes under a lease; `source` is the digest of what it reads from."""

    run: Run
    lease: Lease
    source: str

    @property
    def tenant_id(self) -> str:
        """Whose data it is."""
        return self.run.tenant_id
