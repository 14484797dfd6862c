"""The parts of the feature `clients`, built and joined."""

import os
from functools import partial
from typing import Final

from tenantry import clients, tenants
from tenantry.app.node import name_of_this_node
from tenantry.base import Clock, root_principal
from tenantry.db import Database
from tenantry.eventlog import EventLog, ProjectionRunner
from tenantry.scheduling import Leases
from tenantry.settings import Settings
from tenantry.vault import Vault

_STARTUP: Final = "startup"
# So long a server that was killed in its start keeps the next one from applying the folder.
_LEASE_SECONDS: Final = 60.0


class ClientParts:
    """What declares, applies, reads and serves clients."""

    def __init__(
        self,
        *,
        settings: Settings,
        database: Database,
        log: EventLog,
        runner: ProjectionRunner,
        access: tenants.AccessLedger,
        passwords: tenants.Passwords,
        tenants_feature: tenants.Tenants,
        vault: Vault,
        clock: Clock,
    ) -> None:
        local = clients.ClientContext(
            principal=root_principal(source=_STARTUP), tenant_id=settings.default_tenant
        )
        users = tenants.DeclaredUsers(ledger=access, passwords=passwords, clock=clock)
        leases = Leases(
            database=database,
            clock=clock,
            holder=name_of_this_node(),
            ttl_seconds=_LEASE_SECONDS,
        )
        narration = clients.ClientNarration(clock)
        self.ledger = clients.ClientLedger(
            database=database, log=log, runner=runner, access=access, users=users, leases=leases
        )
        declaring = clients.Declaring(ledger=self.ledger, users=users, vault=vault)
        planning = clients.Planning(ledger=self.ledger, users=users, vault=vault, clock=clock)
        applying = clients.Applying(
            ledger=self.ledger, users=users, tenants=tenants_feature, vault=vault
        )
        self.clients = clients.Clients(
            ledger=self.ledger,
            declaring=declaring,
            planning=planning,
            applying=applying,
            narration=narration,
            local=local,
        )
        self.views = clients.ClientViews(ledger=self.ledger, planning=planning)
        self.drift = clients.ClientDrift(
            ledger=self.ledger, declaring=declaring, clients=self.clients
        )
        self.front_ends = clients.FrontEnds(
            ledger=self.ledger,
            vault=vault,
            roles_in=partial(tenants.roles_in_client, access),
            tenants_of=partial(tenants.tenants_of_origin, access),
            was_erased=partial(tenants.was_erased, access),
        )
        self.folder = clients.ClientFolder(
            load=partial(
                clients.load_tenants,
                settings.clients_dir,
                client_vars=settings.client_vars or (),
                enabled=settings.clients_enabled,
                environ=os.environ,
                allow_python=True,
            ),
            clients=self.clients,
            ledger=self.ledger,
            declaring=declaring,
            leases=leases,
            narration=narration,
            local=local,
            clock=clock,
        )
