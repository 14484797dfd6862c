"""`Applying`: one client at a time, as a whole or not at all."""

import base64
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

import msgspec

from tenantry.base import Principal, new_id
from tenantry.base.principal import ALL
from tenantry.clients import rules
from tenantry.clients.errors import Guarded
from tenantry.clients.model import (
    AllCounts,
    ApplyOptions,
    ClientPlan,
    ClientState,
    Counts,
    Guard,
    Source,
    UpsertResult,
)
from tenantry.clients.service.declaring import Declared
from tenantry.clients.service.ledger import ClientLedger, Write
from tenantry.clients.service.long_work import done
from tenantry.clients.service.planning import Planned
from tenantry.scheduling import Lease
from tenantry.tenants import (
    DeclaredPerson,
    DeclaredUsers,
    NewTenant,
    TenantExists,
    Tenants,
)
from tenantry.vault import Vault

PUBLISH: Final = "clients:publish"
"""Whoever makes a page public must have this."""
MANAGE_TENANTS: Final = "tenants:manage"


class Manner(msgspec.Struct, frozen=True, kw_only=True):
    """How something is applied: from where, with what leave, under which lease.

    Of a rollback, `rolled_back_to` is the revision, and `held_back` what no start-up applies then.
    """

    source: Source
    options: ApplyOptions = ApplyOptions()
    lease: Lease | None = None
    rolled_back_to: int = 0
    held_back: tuple[str, ...] | None = None


class Applying:
    """Applies plans."""

    def __init__(
        self,
        *,
        ledger: ClientLedger,
        users: DeclaredUsers,
        tenants: Tenants,
        vault: Vault,
    ) -> None:
        self._ledger = ledger
        self._users = users
        self._tenants = tenants
        self._vault = vault

    def refused(
        self, principal: Principal, planned: Planned, options: ApplyOptions
    ) -> tuple[Guard, ...]:
        """Return the guards that `options` do not take away; raises `Denied`."""
        guards = planned.plan.guards if planned.plan is not None else ()
        if options.allow_public and any(g.option == "--allow-public" for g in guards):
            principal.authorise(planned.tenant_id, PUBLISH)
        return tuple(guard for guard in guards if not _is_allowed(guard, options))

    async def apply(self, principal: Principal, planned: Planned, manner: Manner) -> UpsertResult:
        """Do what was planned, if it still holds.

        Raises `Stale` where the client has changed meanwhile, `Guarded`, and what
        `ClientLedger.write` raises; then nothing was done.
        """
        plan = planned.plan
        if plan is None or planned.after is None:
            return self.unchanged(planned)
        refused = self.refused(principal, planned, manner.options)
        if refused:
            raise guarded([(planned, refused)])
        is_more = _holds_back_more(planned, manner) or _is_taken_over(planned, manner)
        if plan.is_empty and not is_more:
            return self.unchanged(planned)

        write = await self._decided(principal, planned, plan, manner)
        state = await self._ledger.write(principal, write)
        return result_of(planned, plan, state.revision, changed=True)

    def unchanged(self, planned: Planned) -> UpsertResult:
        """Return the result of doing nothing."""
        revision = revision_of(planned.declared)
        return result_of(planned, planned.plan, revision, changed=False)

    async def _decided(
        self, principal: Principal, planned: Planned, plan: ClientPlan, manner: Manner
    ) -> Write:
        declared = planned.declared
        state, desired = declared.state, declared.desired
        assert desired is not None  # noqa: S101 - there is a plan of it
        people = self._people(planned)
        if people:
            await self._need_tenant(principal, planned.tenant_id)
        held_back = manner.held_back
        if held_back is None and state is not None:
            # Who applies it on purpose takes it back.
            held_back = tuple(d for d in state.held_back if d != desired.source_digest)
        decide = partial(
            rules.events_of,
            state,
            desired,
            plan,
            new_id=new_id,
            sealed=await self._sealed(planned.tenant_id, planned.key, desired.plain, state),
            source=manner.source,
            reason=manner.options.reason,
            held_back=held_back or (),
            rolled_back_to=manner.rolled_back_to,
            after=planned.after,
        )
        events = await done(decide, items=desired.routes)
        fold = partial(rules.fold, state, events, tenant_id=planned.tenant_id)
        after = await done(fold, items=desired.routes)
        base = 0 if state is None else state.version
        return Write(
            tenant_id=planned.tenant_id,
            key=planned.key,
            base_version=base,
            events=events,
            after=after,
            people=tuple(
                [(person, await self._hash(planned, email)) for email, person in people.items()]
            ),
            lease=manner.lease,
        )

    def _people(self, planned: Planned) -> dict[str, DeclaredPerson]:
        """Return the users who are not there yet, or have other roles in this client."""
        if planned.plan is None or not planned.plan.users.is_managed:
            return {}
        known = planned.known
        return {
            email: person
            for email, person in planned.declared.people.items()
            if email not in known
            or not known[email].is_member
            or known[email].roles != person.roles
        }

    async def _hash(self, planned: Planned, email: str) -> str | None:
        # Of somebody who is there already the declared password is none of our business.
        if email in planned.known:
            return None
        return await self._users.hash_of(planned.declared.people[email])

    async def _need_tenant(self, principal: Principal, tenant_id: str) -> None:
        """Make the tenant that people are to belong to, where root brings them before it."""
        if self._users.is_there(tenant_id) or not principal.may(ALL, MANAGE_TENANTS):
            return
        try:
            await self._tenants.create(principal, NewTenant(id=tenant_id, name=tenant_id))
        except TenantExists:
            return

    async def _sealed(
        self, tenant_id: str, key: str, plain: Mapping[str, bytes], state: ClientState | None
    ) -> dict[str, str]:
        """Seal what is not sealed yet; what is keeps its bytes."""
        present = state.secrets if state is not None else {}
        owner = owner_of(key)
        return {
            digest: base64.b64encode(await self._vault.seal(tenant_id, owner, content)).decode()
            for digest, content in plain.items()
            if digest not in present
        }


def _is_taken_over(planned: Planned, manner: Manner) -> bool:
    """Whether a file says what somebody else has made of its client: it is the file's then."""
    entry = planned.declared.entry
    return manner.source == "file" and entry is not None and entry.is_edited


def owner_of(key: str) -> str:
    """Return the vault's name of whoever a client's secrets belong to."""
    return f"client:{key}"


def revision_of(declared: Declared) -> int:
    """Return the revision that a client has, 0 where there is no such client."""
    if declared.state is not None:
        return declared.state.revision
    return declared.entry.revision if declared.entry is not None else 0


def result_of(
    planned: Planned, plan: ClientPlan | None, revision: int, *, changed: bool
) -> UpsertResult:
    """Return what has become of a client."""
    return UpsertResult(
        key=planned.key,
        tenant=planned.tenant_id,
        revision=revision,
        changed=changed,
        counts=_untouched(planned) if plan is None else rules.counts_of(plan),
        errors=plan.errors if plan is not None else planned.declared.errors,
        is_skipped=planned.declared.is_skipped,
        name=plan.name if plan is not None else "",
    )


def _untouched(planned: Planned) -> AllCounts:
    """Return the counts of a client that nobody compared, since nothing of it can have changed."""
    entry = planned.declared.entry
    present = entry.item_counts if entry is not None and planned.declared.is_skipped else {}
    return AllCounts(**{kind: Counts(unchanged=count) for kind, count in present.items()})


def guarded(refused: Sequence[tuple[Planned, tuple[Guard, ...]]]) -> Guarded:
    """Return the error that says which guards stand in the way of what."""
    told = "; ".join(
        f"{planned.key}: {guard.message}" for planned, guards in refused for guard in guards[:3]
    )
    clients = [
        {
            "key": planned.key,
            "tenant": planned.tenant_id,
            "revision": revision_of(planned.declared),
            "guards": msgspec.to_builtins(guards),
        }
        for planned, guards in refused
    ]
    return Guarded(told, details={"clients": clients})


def _holds_back_more(planned: Planned, manner: Manner) -> bool:
    """Whether going back changes something where nothing of the client does."""
    state = planned.declared.state
    held_back = state.held_back if state is not None else ()
    return manner.held_back is not None and set(manner.held_back) != set(held_back)


def _is_allowed(guard: Guard, options: ApplyOptions) -> bool:
    return (guard.option == "--force" and options.force) or (
        guard.option == "--allow-public" and options.allow_public
    )
