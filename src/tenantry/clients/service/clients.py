"""`Clients`: validate, plan, apply and roll back; what a request about declarations asks for."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, TypeVar
from weakref import WeakValueDictionary

import msgspec

from tenantry.base import Principal
from tenantry.base.errors import Invalid, TenantryError, Unavailable
from tenantry.clients import rules
from tenantry.clients.errors import InvalidClient, StalePlan
from tenantry.clients.model import (
    AllCounts,
    ApplyOptions,
    ApplyRequest,
    Checked,
    CheckedClient,
    ClientPlan,
    DeclarationSet,
    ItemError,
    PlannedClient,
    PlanRequest,
    PlanView,
    RollbackRequest,
    RouteSyncResult,
    Since,
    Source,
    UpsertResult,
)
from tenantry.clients.service.applying import Applying, Manner, guarded, revision_of
from tenantry.clients.service.declaring import READ, WRITE, WRITE_USERS, Declared, Declaring
from tenantry.clients.service.ledger import ClientLedger, numbered
from tenantry.clients.service.narration import ClientNarration
from tenantry.clients.service.planning import Planned, Planning, hash_of
from tenantry.clients.service.upsert_narration import Operation
from tenantry.scheduling import Lease
from tenantry.telemetry import span
from tenantry.tenants import Stale

T = TypeVar("T")
R = TypeVar("R")

AT_ONCE: Final = 8
"""Clients that are worked on at the same time: the database's threads are as many."""
_ATTEMPTS: Final = 5


class ClientContext(msgspec.Struct, frozen=True, kw_only=True):
    """In whose name a Python program calls, and for which tenant."""

    principal: Principal
    tenant_id: str


class Clients:
    """What is declared of clients, and what becomes of it."""

    def __init__(
        self,
        *,
        ledger: ClientLedger,
        declaring: Declaring,
        planning: Planning,
        applying: Applying,
        narration: ClientNarration,
        local: ClientContext,
    ) -> None:
        self._ledger = ledger
        self._declaring = declaring
        self._planning = planning
        self._applying = applying
        self._narration = narration
        self._local = local
        self._turns = WeakValueDictionary[tuple[str, str], asyncio.Lock]()

    async def validate(
        self, principal: Principal, tenant_id: str, declarations: DeclarationSet
    ) -> Checked:
        """Say all that is wrong with declarations."""
        with span("tenantry.clients.validate", tenant=tenant_id):
            found = await self._declaring.read(principal, tenant_id, declarations, permission=READ)
        checked = tuple(
            CheckedClient(key=each.key, file=each.origin, errors=each.errors) for each in found
        )
        return Checked(valid=not any(each.errors for each in checked), clients=checked)

    async def plan(self, principal: Principal, tenant_id: str, request: PlanRequest) -> PlanView:
        """Say what an apply would do; raises `InvalidClient`."""
        with span("tenantry.clients.plan", tenant=tenant_id):
            # Whether a secret changes is told, so who asks must be one who may change it.
            declared = await self._declared(principal, tenant_id, request, permission=WRITE)
            planned = await _each(
                declared,
                lambda each: self._planning.plan(each, source=request.source, has_findings=True),
            )
            plan_hash = hash_of(p.plan for p in planned if p.plan is not None)
            saved = (
                await self._planning.saved(planned, source=request.source, plan_hash=plan_hash)
                if request.save
                else None
            )
        return PlanView(clients=tuple(map(shown, planned)), plan_hash=plan_hash, saved=saved)

    async def apply(
        self,
        principal: Principal,
        tenant_id: str,
        request: ApplyRequest,
        *,
        lease: Lease | None = None,
    ) -> tuple[UpsertResult, ...]:
        """Apply declarations or a saved plan, each client as a whole or not at all.

        Unless `continue_on_error`, nothing at all is done where one of them is invalid
        (`InvalidClient`), guarded (`Guarded`) or planned on a state that is over (`StalePlan`).
        What fails later is an error in that client's result; if all fail, the first is raised.
        """
        if request.plan is not None:
            if request.configs:
                raise Invalid(field="plan", got="configs too", wants="configs or a plan")
            return await self._apply_saved(principal, request)
        manner = Manner(source=request.source, options=request.options, lease=lease)
        with span("tenantry.clients.apply", tenant=tenant_id):
            declared = await self._declared(
                principal, tenant_id, request, permission=WRITE, skips_same=True
            )
            planned = await _each(
                declared, lambda each: self._planning.plan(each, source=request.source)
            )
            if not request.continue_on_error:
                self._refuse_guarded(principal, planned, request.options)
            return await self._apply_each(
                planned, lambda each: self._apply_one(principal, each, manner)
            )

    async def rollback(
        self, principal: Principal, tenant_id: str, key: str, request: RollbackRequest
    ) -> UpsertResult:
        """Make a client what it was at a revision, as a new one.

        What was applied since is held back from start-ups until somebody applies it on purpose.
        Raises `UnknownClient`, `UnknownRevision` and `Guarded`.
        """
        principal.authorise(tenant_id, WRITE)
        with span("tenantry.clients.rollback", tenant=tenant_id):
            async with contextlib.AsyncExitStack() as turn:
                for attempt in range(_ATTEMPTS):
                    planned, held_back = await self._rollback(tenant_id, key, request.to)
                    manner = Manner(
                        source="api",
                        options=request.options,
                        rolled_back_to=request.to,
                        held_back=held_back,
                    )
                    try:
                        return await self._told(principal, planned, manner, operation="rollback")
                    except Stale:
                        await self._again(attempt, planned, turn)
        raise AssertionError("unreachable: the last attempt returns or raises")

    async def plan_rollback(
        self, principal: Principal, tenant_id: str, key: str, request: RollbackRequest
    ) -> PlannedClient:
        """Say what a rollback would do."""
        principal.authorise(tenant_id, READ)
        planned, _ = await self._rollback(tenant_id, key, request.to, has_findings=True)
        return shown(planned)

    async def revert(
        self, principal: Principal, declared: Declared, *, source: Source, options: ApplyOptions
    ) -> UpsertResult:
        """Apply a declaration that was put together here, in the name of `source`."""
        principal.authorise(declared.tenant_id, WRITE)
        planned = await self._planning.plan(declared, source=source)
        try:
            return await self._told(principal, planned, Manner(source=source, options=options))
        except Stale as error:
            raise await self._stale(planned) from error

    async def upsert_from_config(
        self, config: Mapping[str, Any], context: ClientContext | None = None
    ) -> UpsertResult:
        """Apply one declaration, past items that fail: they keep their stored version.

        Without a context it is done in the name of this process and for its default tenant.
        Raises `InvalidClient` where not even the client itself can be read, and `Guarded`.
        """
        here = context or self._local
        # A program may hand in tuples, which would never equal the lists that are stored.
        request = ApplyRequest(configs=(rules.as_json(config),), continue_on_error=True)
        (result,) = await self.apply(here.principal, here.tenant_id, request)
        return result

    async def synchronize_routes(
        self,
        client: str,
        routes: Sequence[Mapping[str, Any]],
        context: ClientContext | None = None,
    ) -> RouteSyncResult:
        """Make a client's routes these, and nothing else of it."""
        config = {"key": client, "routes": [dict(route) for route in routes]}
        return (await self.upsert_from_config(config, context)).routes

    async def _declared(
        self,
        principal: Principal,
        tenant_id: str,
        request: DeclarationSet,
        *,
        permission: str,
        skips_same: bool = False,
    ) -> list[Declared]:
        found = await self._declaring.read(
            principal, tenant_id, request, permission=permission, skips_same=skips_same
        )
        wrong = [each for each in found if each.errors]
        if wrong and not request.continue_on_error:
            for each in wrong:
                self._tell_invalid(each)
            raise _invalid(wrong)
        return found

    def _refuse_guarded(
        self, principal: Principal, planned: Sequence[Planned], options: ApplyOptions
    ) -> None:
        refused = [
            (each, guards)
            for each in planned
            if (guards := self._applying.refused(principal, each, options))
        ]
        if refused:
            raise guarded(refused)

    async def _apply_saved(
        self, principal: Principal, request: ApplyRequest
    ) -> tuple[UpsertResult, ...]:
        saved = request.plan
        assert saved is not None  # noqa: S101 - the caller has looked
        for plan in saved.clients:
            principal.authorise(plan.tenant_id, WRITE)
            if plan.users.is_managed:
                principal.authorise(plan.tenant_id, WRITE_USERS)
        restored = await self._planning.restored(saved)
        planned = await _each(
            restored, lambda each: self._replanned(each[0], each[1], source=saved.source)
        )
        self._refuse_guarded(principal, planned, request.options)
        manner = Manner(source=saved.source, options=request.options)
        return await self._apply_each(
            planned, lambda each: self._apply_exactly(principal, each, manner)
        )

    async def _replanned(self, plan: ClientPlan, declared: Declared, *, source: Any) -> Planned:
        """Plan again, and refuse where that is another plan than the one that was saved."""
        planned = await self._planning.plan(declared, source=source)
        version = 0 if declared.state is None else declared.state.version
        if version != plan.base_version:
            raise await self._stale(planned, base_revision=plan.base_revision)
        if planned.plan is None or planned.plan.plan_hash != plan.plan_hash:
            # Not the client itself is otherwise, but somebody or something that it depends on.
            raise await self._stale(planned, base_revision=plan.base_revision)
        return planned

    async def _apply_each(
        self,
        planned: Sequence[Planned],
        apply: Callable[[Planned], Awaitable[UpsertResult]],
    ) -> tuple[UpsertResult, ...]:
        errors = list[TenantryError]()

        async def tried(each: Planned) -> UpsertResult:
            try:
                return await apply(each)
            except TenantryError as error:
                errors.append(error)
                return self._failed(each, error)

        results = await _each(planned, tried)
        if errors and len(errors) == len(results):
            raise _together(errors)
        return tuple(results)

    async def _apply_one(
        self, principal: Principal, planned: Planned, manner: Manner
    ) -> UpsertResult:
        """Apply one declaration, anew where the client has changed since it was planned."""
        async with contextlib.AsyncExitStack() as turn:
            for attempt in range(_ATTEMPTS):
                if planned.declared.desired is None and not planned.declared.is_skipped:
                    raise _invalid([planned.declared])
                try:
                    return await self._told(principal, planned, manner)
                except Stale:
                    await self._again(attempt, planned, turn)
                    planned = await self._planned_anew(planned, manner)
        raise AssertionError("unreachable: the last attempt returns or raises")

    async def _apply_exactly(
        self, principal: Principal, planned: Planned, manner: Manner
    ) -> UpsertResult:
        try:
            return await self._told(principal, planned, manner)
        except Stale as error:
            raise await self._stale(planned) from error

    async def _planned_anew(self, planned: Planned, manner: Manner) -> Planned:
        declared = planned.declared
        declared = msgspec.structs.replace(
            declared,
            entry=self._ledger.index.find(declared.tenant_id, declared.key),
            state=await self._ledger.load(declared.tenant_id, declared.key),
        )
        return await self._planning.plan(declared, source=manner.source)

    async def _told(
        self,
        principal: Principal,
        planned: Planned,
        manner: Manner,
        *,
        operation: Operation | None = None,
    ) -> UpsertResult:
        """Apply, and tell what becomes of it."""
        plan = planned.plan
        name = plan.name if plan is not None else planned.key
        what: Operation = operation or ("create" if planned.is_new else "update")
        with self._narration.upsert(planned.key, name, planned.tenant_id, what) as told:
            if plan is not None:
                told.plan(plan)
            result = await self._applying.apply(principal, planned, manner)
            told.applied(result)
        return result

    def _tell_invalid(self, declared: Declared) -> None:
        what: Operation = "create" if declared.entry is None else "update"
        with self._narration.upsert(declared.key, "", declared.tenant_id, what) as told:
            first = declared.errors[0]
            told.failed(first.error_type, first.message, declared.errors)

    def _failed(self, planned: Planned, error: TenantryError) -> UpsertResult:
        unchanged = self._applying.unchanged(planned)
        kind = "creation_failed" if planned.is_new else "update_failed"
        errors = planned.declared.errors
        if not isinstance(error, InvalidClient):
            errors += (ItemError(error_type=kind, message=error.message, code=error.code),)  # type: ignore[arg-type] # one of the two
        return msgspec.structs.replace(unchanged, errors=errors)

    async def _rollback(
        self, tenant_id: str, key: str, to: int, *, has_findings: bool = False
    ) -> tuple[Planned, tuple[str, ...]]:
        """Plan a rollback; also return what is held back by it."""
        revisions = await self._ledger.revisions(tenant_id, key)
        target = numbered(revisions, key, to)
        present = revisions[-1].state
        desired = rules.desired_from(target.state, present)
        desired = msgspec.structs.replace(desired, source_digest=target.source_digest)
        declared = Declared(
            raw={},
            tenant_id=tenant_id,
            key=key,
            entry=self._ledger.index.find(tenant_id, key),
            state=present,
            desired=desired,
        )
        planned = await self._planning.plan(declared, source="api", has_findings=has_findings)
        rejected = {each.source_digest for each in revisions[to:] if each.source_digest} - {
            target.source_digest
        }
        return planned, tuple(sorted({*present.held_back, *rejected} - {target.source_digest}))

    async def _again(self, attempt: int, planned: Planned, turn: contextlib.AsyncExitStack) -> None:
        """Get ready for another attempt, one of this node's writers behind the other."""
        if attempt == _ATTEMPTS - 1:
            told = f"client {planned.key}: too many writers at once"
            raise Unavailable(told, code="contended")
        if attempt == 0:
            known = (planned.tenant_id, planned.key)
            await turn.enter_async_context(self._turns.setdefault(known, asyncio.Lock()))
        await self._ledger.catch_up()

    async def _stale(self, planned: Planned, *, base_revision: int | None = None) -> StalePlan:
        """Return the error that says what has happened to a client since it was planned."""
        await self._ledger.catch_up()
        tenant_id, key = planned.tenant_id, planned.key
        state = planned.declared.state
        base = base_revision if base_revision is not None else state.revision if state else 0
        found = self._ledger.index.find(tenant_id, key)
        revisions = [] if found is None else await self._ledger.revisions(tenant_id, key)
        since = tuple(each.view for each in revisions[base:])
        what = ", ".join(f"revision {view.revision} by {view.actor}" for view in since)
        told = f"client {key}: planned on revision {base}, since then: "
        details = Since(
            key=key, tenant=tenant_id, base_revision=base, revision=len(revisions), since=since
        )
        return StalePlan(
            told + (what or "somebody that it names, or a setting of this server, has changed"),
            details={"clients": [msgspec.to_builtins(details)]},
        )


def shown(planned: Planned) -> PlannedClient:
    """Return a plan as it is shown."""
    declared, plan = planned.declared, planned.plan
    revision = revision_of(declared)
    if plan is None:
        return PlannedClient(
            key=planned.key,
            tenant=planned.tenant_id,
            revision=revision,
            changed=False,
            counts=AllCounts(),
            errors=declared.errors,
            file=declared.origin,
        )
    return PlannedClient(
        key=planned.key,
        tenant=planned.tenant_id,
        revision=revision,
        changed=not plan.is_empty,
        counts=rules.counts_of(plan),
        errors=plan.errors,
        name=plan.name,
        file=declared.origin,
        fields=plan.fields,
        variables=plan.variables,
        routes=plan.routes,
        menus=plan.menus,
        components=plan.components,
        users=plan.users,
        access=plan.access,
        findings=plan.findings,
        guards=plan.guards,
        plan_hash=plan.plan_hash,
    )


def _invalid(wrong: Sequence[Declared]) -> InvalidClient:
    first = wrong[0]
    is_one = len(wrong) == 1
    error = InvalidClient(
        [error for each in wrong for error in each.errors],
        key=first.key if is_one else "",
        origin=first.origin if is_one else f"{len(wrong)} clients",
    )
    error.details = {
        "clients": [
            {
                "key": each.key,
                "tenant": each.tenant_id,
                "revision": revision_of(each),
                "file": each.origin,
                "errors": msgspec.to_builtins(each.errors),
            }
            for each in wrong
        ]
    }
    return error


def _together(errors: Sequence[TenantryError]) -> TenantryError:
    """Return the first error, which tells of all clients that have failed as its own has."""
    first = errors[0]
    clients = [
        client
        for error in errors
        if type(error) is type(first)
        for client in (error.details or {}).get("clients", ())
    ]
    if clients:
        first.details = {**(first.details or {}), "clients": clients}
    return first


async def _each(values: Sequence[T], work: Callable[[T], Awaitable[R]]) -> list[R]:
    """Do the same with each, some at a time, and return the answers in order."""
    places = asyncio.Semaphore(AT_ONCE)

    async def one(value: T) -> R:
        async with places:
            return await work(value)

    return list(await asyncio.gather(*(one(value) for value in values)))
