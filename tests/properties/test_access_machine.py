"""Whatever is done: tokens are good for what they should be, and rows and events agree."""

import asyncio
import random
from collections.abc import Sequence

import pytest

from tenantry.base.errors import TenantryError
from tenantry.db import System, Transaction
from tenantry.tenants import Access, NewKey, NewMember, NewTenant, permissions_of
from tenantry.tenants.model import Login, MemberChange, Refresh
from tenantry.testing import FakeClock
from tests.properties.access_model import (
    EMAILS,
    PASSWORDS,
    ROOT,
    TENANTS,
    Model,
    Play,
    holder_of,
)
from tests.support.access_core import OpenAccess, opened_access
from tests.support.access_rows import assert_rows_and_events_agree
from tests.support.counts import soak_count

pytestmark = [pytest.mark.soak, pytest.mark.timeout(600)]

SEEDS = soak_count(20)
STEPS = 150
CHECKED = 8
CROWD = 16
ROUNDS = 8
TEST = System("test")


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_a_token_is_good_for_what_it_should_be_after_each_change(
    database_url: str, seed: int
) -> None:
    """Nothing that was remembered of a token outlives a change."""
    clock, chance = FakeClock(), random.Random(seed)
    play = Play(clock=clock, chance=chance)
    async with opened_access(database_url, clock=clock) as opened:
        for _ in range(STEPS):
            await play.act(opened)
            await _assert_tokens_are_good(
                opened.access, play.model, clock, chance.sample(_tokens(play.model), CHECKED)
            )
        await assert_rows_and_events_agree(opened.database, opened.log)

    # What a new process makes of it, of a snapshot and of the events behind it.
    async with opened_access(database_url, clock=clock) as opened:
        await _assert_tokens_are_good(opened.access, play.model, clock, _tokens(play.model))
        assert (await opened.runner.rebuild()).is_equal


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_rows_and_events_agree_whatever_is_done_at_once(database_url: str, seed: int) -> None:
    async with opened_access(database_url) as opened:
        await _do_at_once([opened], seed)


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_rows_and_events_agree_whatever_is_done_at_once_on_two_nodes(
    postgres_url: str, seed: int
) -> None:
    async with opened_access(postgres_url) as one, opened_access(postgres_url) as other:
        await _do_at_once([one, other], seed)


async def _do_at_once(nodes: Sequence[OpenAccess], seed: int) -> None:
    """Let a crowd act at once, each on a node of its choice, by what it knows from before."""
    crowd = Crowd(random.Random(seed))
    for tenant in TENANTS:
        await nodes[0].tenants.create(ROOT, NewTenant(id=tenant, name=tenant))
    for _ in range(ROUNDS):
        await crowd.look_around(nodes[0])
        outcomes = await asyncio.gather(
            *(crowd.act(nodes) for _ in range(CROWD)), return_exceptions=True
        )
        for outcome in outcomes:
            # What was refused, was; but nobody meets an error that is none of ours.
            if isinstance(outcome, BaseException) and not isinstance(outcome, TenantryError):
                raise outcome
        await assert_rows_and_events_agree(nodes[0].database, nodes[0].log)

    for node in nodes:
        await node.ledger.catch_up()
    assert len({node.ledger.state.digest() for node in nodes}) == 1
    assert (await nodes[0].runner.rebuild()).is_equal


class Crowd:
    """Acts by what it has seen, which others make out of date: nothing is right or wrong."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._ids: dict[str, str] = {}
        self._sessions: list[str] = []

    async def look_around(self, opened: OpenAccess) -> None:
        """See who is there."""
        self._ids = await opened.database.read(TEST, _read_ids)

    async def act(self, nodes: Sequence[OpenAccess]) -> None:
        """Do one thing on one of the nodes."""
        choice, opened = self._chance.choice, self._chance.choice(nodes)
        tenant, email, password = choice(TENANTS), choice(EMAILS), choice(PASSWORDS)
        user = self._ids.get(email, "nobody")
        number = self._chance.randrange(100)
        if number < 30:
            new = NewMember(email=email, role="viewer", password=choice([None, password]))
            await opened.users.add(ROOT, tenant, new)
        elif number < 45:
            change = choice(
                [
                    MemberChange(password=password),
                    MemberChange(email=email.upper()),
                    MemberChange(username=choice(["one", "other"]), role="editor"),
                ]
            )
            await opened.users.change(ROOT, tenant, user, change)
        elif number < 60:
            await opened.users.remove(ROOT, tenant, user)
        elif number < 80:
            wanted = Login(email=email, password=password, tenant=tenant)
            entering = opened.logins.login(wanted, source="test", admit=lambda _: None)
            self._sessions.append((await entering).token)
        elif number < 85 and self._sessions:
            refreshing = opened.logins.refresh(
                holder_of(choice(self._sessions)),
                Refresh(tenant=tenant),
                source="test",
                admit=lambda _: None,
            )
            self._sessions.append((await refreshing).token)
        elif number < 98:
            await opened.keys.create(ROOT, tenant, NewKey(name="key", role="viewer"))
            for key in opened.ledger.state.keys_of(tenant)[:1]:
                await opened.keys.revoke(ROOT, tenant, key.key_id)
        else:
            await opened.tenants.erase(ROOT, tenant, confirm=tenant)


def _read_ids(tx: Transaction) -> dict[str, str]:
    return dict(tx.connection.execute("SELECT email_key, user_id FROM users"))


def _tokens(model: Model) -> list[str]:
    """Return all that ever were; enough to choose from."""
    return [*model.grants, *model.dead, *(f"tnk_{'a' * 16}_{'b' * 42}{n}" for n in range(CHECKED))]


async def _assert_tokens_are_good(
    access: Access, model: Model, clock: FakeClock, tokens: Sequence[str]
) -> None:
    for token in tokens:
        permitted = model.permits(token, clock.now_us())
        for _ in range(2):
            try:
                principal = await access.authenticate(token.encode(), "test")
            except TenantryError:
                assert permitted is None, token
            else:
                assert permitted is not None, token
                tenant, role = permitted
                assert (principal.tenant_id, principal.permissions) == (
                    tenant,
                    permissions_of(role),
                )
                assert access.may_still(principal, tenant, "configs:read") == (role is not None)
