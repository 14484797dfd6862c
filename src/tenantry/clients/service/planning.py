"""`Planning`: what an apply would do, and a plan that can be kept and applied as it is."""

import base64
import binascii
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Final

import msgspec

from tenantry.base import Clock
from tenantry.base.instant import format_instant
from tenantry.clients import rules
from tenantry.clients.errors import PlanBroken
from tenantry.clients.model import (
    ClientPlan,
    ClientState,
    DeclaredUser,
    Desired,
    SavedPlan,
    Source,
    identity_of,
)
from tenantry.clients.service.declaring import Declared
from tenantry.clients.service.ledger import ClientLedger
from tenantry.clients.service.long_work import done
from tenantry.tenants import DeclaredPerson, DeclaredUsers
from tenantry.vault import SealBroken, Shredded, Vault

_PLANS: Final = "clients:plans"


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """A declaration with its plan; `plan` is None where it was skipped or could not be read."""

    declared: Declared
    plan: ClientPlan | None = None
    known: Mapping[str, rules.KnownUser] = {}
    after: ClientState | None = None

    @property
    def key(self) -> str:
        """Which client it is."""
        return self.declared.key

    @property
    def tenant_id(self) -> str:
        """Whose it is."""
        return self.declared.tenant_id

    @property
    def is_new(self) -> bool:
        """Whether there is no such client yet."""
        return self.declared.state is None and self.declared.entry is None


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What a saved plan would do, with all that is secret or personal in it."""

    plan_hash: str
    desired: Desired
    users: tuple[DeclaredUser, ...]
    people: dict[str, DeclaredPerson]


class Planning:
    """Makes plans."""

    def __init__(
        self, *, ledger: ClientLedger, users: DeclaredUsers, vault: Vault, clock: Clock
    ) -> None:
        self._ledger = ledger
        self._users = users
        self._vault = vault
        self._clock = clock

    async def plan(
        self, declared: Declared, *, source: Source, has_findings: bool = False
    ) -> Planned:
        """Compare one declaration with what is stored; find what is amiss only for who shows it."""
        desired = declared.desired
        if desired is None or declared.is_skipped:
            return Planned(declared=declared)
        known = await self._known(declared)
        compare = partial(_compared, declared, known, source)
        planned = await done(compare, items=desired.routes)
        if not has_findings:
            return planned

        registered = await self.registered(declared.tenant_id, declared.key)
        find = partial(_with_findings, planned, registered)
        return await done(find, items=desired.routes)

    async def saved(
        self, planned: Sequence[Planned], *, source: Source, plan_hash: str
    ) -> SavedPlan:
        """Return a plan that can be kept: what is secret or personal in it is sealed."""
        with_plans = [(p, p.plan) for p in planned if p.plan is not None]
        sealed = [await self._sealed(each, plan) for each, plan in with_plans]
        return SavedPlan(
            created_at=format_instant(self._clock.now_us()),
            source=source,
            plan_hash=plan_hash,
            clients=tuple(plan for _, plan in with_plans),
            sealed=tuple(sealed),
        )

    async def restored(self, saved: SavedPlan) -> list[tuple[ClientPlan, Declared]]:
        """Return what a saved plan was made of; raises `PlanBroken`.

        The state is the present one: whether the plan still holds is for the caller to say.
        """
        if len(saved.sealed) != len(saved.clients) or hash_of(saved.clients) != saved.plan_hash:
            raise PlanBroken("plan: it was changed after it was made")
        if any(rules.hash_of(plan) != plan.plan_hash for plan in saved.clients):
            raise PlanBroken("plan: it was changed after it was made")
        return [
            (plan, await self._opened(plan, sealed))
            for plan, sealed in zip(saved.clients, saved.sealed, strict=True)
        ]

    async def registered(self, tenant_id: str, key: str) -> list[str]:
        """Return the components of the tenant's other clients."""
        found = list[str]()
        for entry in self._ledger.index.of_tenant(tenant_id):
            if entry.key == key or not entry.has_components:
                continue
            other = await self._ledger.load(tenant_id, entry.key)
            items = (other.components or ()) if other is not None else ()
            found += [identity_of(item.value) for item in items]
        return found

    async def _known(self, declared: Declared) -> dict[str, rules.KnownUser]:
        if not declared.people:
            return {}
        found = await self._users.known(declared.tenant_id, declared.key, list(declared.people))
        return {
            email: rules.KnownUser(
                user_id=person.user_id, is_member=person.is_member, roles=person.roles
            )
            for email, person in found.items()
        }

    async def _sealed(self, planned: Planned, plan: ClientPlan) -> str:
        desired = planned.declared.desired
        assert desired is not None  # noqa: S101 - there is a plan of it
        kept = _Kept(
            plan_hash=plan.plan_hash,
            desired=msgspec.structs.replace(desired, users=None, plain=dict(desired.plain)),
            users=desired.users or (),
            people=dict(planned.declared.people),
        )
        content = await self._vault.seal(plan.tenant_id, _PLANS, msgspec.msgpack.encode(kept))
        return base64.b64encode(content).decode()

    async def _opened(self, plan: ClientPlan, sealed: str) -> Declared:
        try:
            content = await self._vault.open(
                plan.tenant_id, _PLANS, base64.b64decode(sealed, validate=True)
            )
            kept = msgspec.msgpack.decode(content, type=_Kept)
        except (SealBroken, Shredded, binascii.Error, msgspec.MsgspecError) as error:
            told = f"plan of {plan.key}: another server made it, or it was changed"
            raise PlanBroken(told) from error
        if kept.plan_hash != plan.plan_hash:
            raise PlanBroken(f"plan of {plan.key}: it was changed after it was made")
        has_users = plan.users.is_managed
        return Declared(
            raw={},
            tenant_id=plan.tenant_id,
            key=plan.key,
            origin=plan.origin,
            entry=self._ledger.index.find(plan.tenant_id, plan.key),
            state=await self._ledger.load(plan.tenant_id, plan.key),
            desired=msgspec.structs.replace(kept.desired, users=kept.users if has_users else None),
            people=kept.people,
            failures=plan.failures,
            errors=plan.errors,
        )


def hash_of(plans: Iterable[ClientPlan]) -> str:
    """Return the hash of several plans together (SHA-256, hex)."""
    total = hashlib.sha256()
    for plan in plans:
        total.update(rules.hash_of(plan).encode())
    return total.hexdigest()


def _compared(
    declared: Declared,
    known: Mapping[str, rules.KnownUser],
    source: Source,
) -> Planned:
    state, desired = declared.state, declared.desired
    assert desired is not None  # noqa: S101 - the caller has looked
    after = rules.preview(state, desired, declared.failures)
    plan = rules.plan_client(
        state,
        desired,
        known=known,
        failures=declared.failures,
        errors=declared.errors,
        source=source,
        after=after,
    )
    plan = msgspec.structs.replace(plan, access=rules.access_diff(state, after))
    plan = msgspec.structs.replace(plan, guards=rules.guards_of(state, plan))
    return Planned(declared=declared, plan=plan, known=known, after=after)


def _with_findings(planned: Planned, registered: Sequence[str]) -> Planned:
    declared, plan, after = planned.declared, planned.plan, planned.after
    assert plan is not None  # noqa: S101 - it has been compared
    assert after is not None  # noqa: S101 - as above
    findings = rules.lint(
        declared.raw or rules.exported(after),
        client=declared.key,
        registered=registered,
        file=declared.origin,
    )
    return msgspec.structs.replace(planned, plan=msgspec.structs.replace(plan, findings=findings))
