"""The workload of access: what makes and takes away tenants, people, keys and sessions."""

import asyncio
from typing import Final, Literal

import msgspec

from tenantry.base import root_principal
from tenantry.base.errors import TenantryError
from tenantry.db import System, Transaction
from tenantry.tenants import NewKey, NewMember, NewTenant
from tenantry.tenants.model import Login, MemberChange
from tenantry.tenants.store import people
from tests.faults.life import Life
from tests.support.access_core import OpenAccess, opened_access

ROOT = root_principal(source="fault tests")
FIRST: Final = "the first password"
SECOND: Final = "the second password"

Ending = Literal["remove", "erase", "revoke"]
ENDINGS: Final[tuple[Ending, ...]] = ("remove", "erase", "revoke")
STEPS: Final = 7
"""In the life of a tenant; the last one is its ending."""

_SYSTEM = System("fault tests")


class View(msgspec.Struct, frozen=True):
    """What there is of a tenant: how much of each, and by which password its user gets in."""

    tenant: str | None = None
    members: int = 0
    keys: int = 0
    sessions: int = 0
    password: str | None = None


def tenant_of(writer: int, index: int) -> str:
    """Return the tenant whose life is that of `index`."""
    return f"tenant-{writer}-{index}"


def view_after(steps: int, ending: Ending) -> View:
    """Return what there is of a tenant after so many steps of its life."""
    present: Final = "active"
    if steps < STEPS:
        return (
            View(),
            View(present),
            View(present, members=1, password=FIRST),
            View(present, members=1, keys=1, password=FIRST),
            View(present, members=1, keys=1, sessions=1, password=FIRST),
            View(present, members=1, keys=1, password=SECOND),
            View(present, members=1, keys=1, sessions=1, password=SECOND),
        )[steps]
    return {
        "remove": View(present, keys=1),
        "erase": View("erased"),
        "revoke": View(present, members=1, sessions=1, password=SECOND),
    }[ending]


async def view_of(opened: OpenAccess, tenant_id: str) -> View:
    """Look at what there is of a tenant."""
    view = await opened.database.read(_SYSTEM, _count, tenant_id)
    tenant = opened.ledger.state.tenant(tenant_id)
    if tenant is None or tenant.is_erased:
        status = None if tenant is None else "erased"
        return msgspec.structs.replace(view, tenant=status)
    person = await opened.database.read(_SYSTEM, people.find_by_email, _email(tenant_id))
    password = None
    for each in (FIRST, SECOND) if person is not None else ():
        assert person is not None
        if await opened.passwords.is_right(each, person.password_hash):
            password = each
    return msgspec.structs.replace(view, tenant=tenant.status, password=password)


async def is_good(opened: OpenAccess, token: str) -> bool:
    """Whether a token lets anybody in."""
    try:
        await opened.access.authenticate(token.encode(), "fault tests")
    except TenantryError:
        return False
    return True


async def change_access(life: Life) -> None:
    """Let tenants live and end, several at once, until killed; `next` says which are to come."""
    async with opened_access(life.url) as opened:
        life.report("began")
        await asyncio.gather(
            *(
                _live_for_ever(life, opened, writer, index)
                for writer, index in enumerate(life.arguments["next"])
            )
        )


async def _live_for_ever(life: Life, opened: OpenAccess, writer: int, index: int) -> None:
    while True:
        tenant_id, ending = tenant_of(writer, index), ENDINGS[index % len(ENDINGS)]
        life.report("begins", writer, index)

        def acknowledge(step: int, token: str | None = None, *, index: int = index) -> None:
            life.report("ack", writer, index, step, token)

        await opened.tenants.create(ROOT, NewTenant(id=tenant_id, name=tenant_id))
        acknowledge(1)
        new = NewMember(email=_email(tenant_id), password=FIRST, role="viewer")
        member, _ = await opened.users.add(ROOT, tenant_id, new)
        acknowledge(2)
        issued = await opened.keys.create(ROOT, tenant_id, NewKey(name="key", role="viewer"))
        acknowledge(3, issued.key)
        acknowledge(4, await _login(opened, tenant_id, FIRST))
        await opened.users.change(ROOT, tenant_id, member.id, MemberChange(password=SECOND))
        acknowledge(5)
        acknowledge(6, await _login(opened, tenant_id, SECOND))
        match ending:
            case "remove":
                await opened.users.remove(ROOT, tenant_id, member.id)
            case "erase":
                await opened.tenants.erase(ROOT, tenant_id, confirm=tenant_id)
            case "revoke":
                await opened.keys.revoke(ROOT, tenant_id, issued.id)
        acknowledge(STEPS)
        index += 1


async def _login(opened: OpenAccess, tenant_id: str, password: str) -> str:
    wanted = Login(email=_email(tenant_id), password=password)
    logged_in = await opened.logins.login(wanted, source=tenant_id, admit=lambda _: None)
    return logged_in.token


def _count(tx: Transaction, tenant_id: str) -> View:
    def count(table: str) -> int:
        rows = tx.connection.execute(f"SELECT tenant_id FROM {table}")
        return [tenant for (tenant,) in rows].count(tenant_id)

    return View(members=count("members"), keys=count("api_keys"), sessions=count("sessions"))


def _email(tenant_id: str) -> str:
    return f"ada@{tenant_id}.example"
