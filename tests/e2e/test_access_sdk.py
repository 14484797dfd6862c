"""Both access clients against a real server."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tenantry.sdk import (
    AccessClient,
    Application,
    AsyncAccessClient,
    ConfigClient,
    Conflict,
    Denied,
    Invalid,
    Member,
    NotFound,
    Tenant,
    Unauthenticated,
    Unavailable,
)
from tests.support.server import ServerProcess

PASSWORD = "correct horse battery staple"
OTHER_PASSWORD = "Tr0ub4dor & three more"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path_factory.mktemp("access")) as process:
        process.wait_until_ready()
        yield process
        assert process.stop() == 0, process.said()


@pytest.fixture
def root(server: ServerProcess) -> Iterator[AccessClient]:
    with AccessClient(**as_root(server)) as client:
        yield client


@pytest.fixture
def tenant(root: AccessClient, request: pytest.FixtureRequest) -> Tenant:
    """A tenant that each test has for itself."""
    return root.tenants.create(request.node.name, tenant_id=slug_of(request.node.name))


@pytest.fixture
def anybody(server: ServerProcess) -> Iterator[AccessClient]:
    """A client without a token."""
    with AccessClient(server=server.record.address) as client:
        yield client


def as_root(server: ServerProcess) -> dict[str, Any]:
    record = server.record
    assert record.token is not None
    return {"server": record.address, "token": record.token}


def slug_of(test: str) -> str:
    return test.lower().replace("_", "-").removeprefix("test-")[-60:].strip("-")


def person(root: AccessClient, tenant: Tenant, role: str | None, **more: Any) -> Member:
    email = f"{role or 'nobody'}@{tenant.id}.example"
    return root.users.add(email, role=role, password=PASSWORD, tenant=tenant.id, **more)


@contextmanager
def logged_in(server: ServerProcess, member: Member) -> Iterator[AccessClient]:
    with AccessClient(server=server.record.address) as client:
        client.login(email=member.email, password=PASSWORD)
        yield client


def test_a_tenant_is_made_changed_and_listed(root: AccessClient) -> None:
    made = root.tenants.create("Acme", tenant_id="acme", origins=["https://acme.example"])
    assert (made.id, made.name, made.status) == ("acme", "Acme", "active")
    assert made.origins == ("https://acme.example",)
    assert abs(made.created_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert root.tenants.get("acme") == made

    changed = root.tenants.change("acme", name="Acme Inc.")
    assert (changed.name, changed.origins) == ("Acme Inc.", made.origins)
    assert root.tenants.change("acme", origins=[]).origins == ()
    assert not made.sandbox
    assert root.tenants.change("acme", sandbox=True).sandbox
    assert root.tenants.create("Demo", tenant_id="demo", sandbox=True).sandbox
    assert "acme" in [each.id for each in root.tenants.list()]

    with pytest.raises(Conflict) as taken:
        root.tenants.create("Another", tenant_id="acme")
    assert (taken.value.status, taken.value.code) == (409, "tenant_exists")
    with pytest.raises(Invalid):
        root.tenants.create("No id", tenant_id="Not A Slug")
    with pytest.raises(NotFound):
        root.tenants.get("nobody-knows-it")


def test_a_tenant_without_an_id_gets_a_uuid(root: AccessClient) -> None:
    made = root.tenants.create("Anonymous")

    assert str(UUID(made.id)) == made.id


def test_a_suspended_tenant_stands_still(
    root: AccessClient, server: ServerProcess, tenant: Tenant, anybody: AccessClient
) -> None:
    member = person(root, tenant, "admin")
    key = root.keys.create("k", role="viewer", tenant=tenant.id)
    with (
        logged_in(server, member) as client,
        AccessClient(server=server.record.address, token=key.key) as machine,
    ):
        assert machine.me().kind == "key"

        suspended = root.tenants.suspend(tenant.id, reason="unpaid")
        assert not suspended.is_active
        assert root.tenants.suspend(tenant.id) == suspended
        assert tenant.id in [each.id for each in root.tenants.list(status="suspended")]
        for stopped in (client, machine):
            with pytest.raises(Denied):
                stopped.me()
        with pytest.raises(Denied) as refused:
            anybody.login(email=member.email, password=PASSWORD)
        assert refused.value.code == "tenant_suspended"

        assert root.tenants.activate(tenant.id).is_active
        assert machine.me().kind == "key"
        assert client.me().kind == "user"
        assert anybody.login(email=member.email, password=PASSWORD).tenant == tenant


def test_a_user_logs_in_and_out(
    root: AccessClient, server: ServerProcess, tenant: Tenant, anybody: AccessClient
) -> None:
    member = person(root, tenant, "editor", username="ada.editor", first_name="Ada")
    with pytest.raises(Unauthenticated):
        anybody.me()

    session = anybody.login(username="ada.editor", password=PASSWORD)
    assert session.expires_at > datetime.now(UTC)
    assert (session.user.id, session.user.first_name) == (member.id, "Ada")
    assert session.tenant == tenant
    me = anybody.me()
    assert (me.id, me.kind, me.role) == (f"user:{member.id}", "user", "editor")
    assert me.user == session.user
    assert {"configs:read", "configs:write"} <= set(me.permissions)
    assert [each.tenant_id for each in me.memberships] == [tenant.id]

    # The token is a token like any other, also for settings.
    with ConfigClient(server=server.record.address, token=session.token) as configs:
        assert configs.put("a", 1).value == 1

        anybody.logout()
        anybody.logout()
        with pytest.raises(Unauthenticated):
            anybody.me()
        with pytest.raises(Unauthenticated):
            configs.get("a")


def test_what_was_wrong_about_a_login_is_not_said(
    root: AccessClient, tenant: Tenant, anybody: AccessClient
) -> None:
    member = person(root, tenant, "viewer")
    refused = []
    for email, password in ((member.email, "a guess, and wrong"), ("no@body.example", PASSWORD)):
        with pytest.raises(Unauthenticated) as failed:
            anybody.login(email=email, password=password)
        refused.append((failed.value.status, failed.value.code, failed.value.message))

    assert refused[0] == refused[1]
    assert refused[0][:2] == (401, "invalid_credentials")


def test_who_belongs_to_several_tenants_says_which(
    root: AccessClient, server: ServerProcess, tenant: Tenant, anybody: AccessClient
) -> None:
    member = person(root, tenant, "viewer")
    other = root.tenants.create("Other", tenant_id="another-membership")
    stranger = root.tenants.create("Stranger", tenant_id="no-membership")
    root.users.add(member.email, role="admin", tenant=other.id)

    with pytest.raises(Invalid) as asked:
        anybody.login(email=member.email, password=PASSWORD)
    assert asked.value.code == "tenant_required"
    assert asked.value.details is not None
    assert sorted(asked.value.details["tenants"]) == sorted([tenant.id, other.id])
    with pytest.raises(Denied) as refused:
        anybody.login(email=member.email, password=PASSWORD, tenant=stranger.id)
    assert refused.value.code == "not_a_member"

    first = anybody.login(email=member.email, password=PASSWORD, tenant=tenant.id)
    assert anybody.me().role == "viewer"
    second = anybody.refresh(tenant=other.id)
    assert second.tenant == other
    assert anybody.me().role == "admin"
    assert [each.id for each in anybody.users.list()] == [member.id]
    with (
        AccessClient(server=server.record.address, token=first.token) as earlier,
        pytest.raises(Unauthenticated),
    ):
        earlier.me()


def test_a_user_changes_their_own_names_and_password(
    root: AccessClient, server: ServerProcess, tenant: Tenant
) -> None:
    member = person(root, tenant, None)
    with logged_in(server, member) as client, logged_in(server, member) as elsewhere:
        assert client.change_me(first_name="Grace", last_name="Hopper").last_name == "Hopper"

        with pytest.raises(Denied) as refused:
            client.change_me(password=OTHER_PASSWORD, current_password="a guess, and wrong")
        assert refused.value.code == "wrong_password"
        client.change_me(password=OTHER_PASSWORD, current_password=PASSWORD)

        assert client.me().user is not None
        with pytest.raises(Unauthenticated):
            elsewhere.me()
        elsewhere.login(email=member.email, password=OTHER_PASSWORD)
        me = elsewhere.me()
        assert (me.role, me.permissions) == (None, ())
        assert me.user is not None
        assert me.user.first_name == "Grace"


def test_users_are_added_changed_and_removed(
    root: AccessClient, server: ServerProcess, tenant: Tenant
) -> None:
    with logged_in(server, person(root, tenant, "admin")) as admin:
        shop = Application(client_key="shop", roles=("USER",))
        bob = admin.users.add("Bob@example.com", first_name="Bob", applications=[shop])
        assert (bob.role, bob.applications, bob.is_owned) == (None, (shop,), True)
        assert admin.users.get(bob.id) == bob
        assert list(admin.users.list(email="bob@EXAMPLE.com")) == [bob]
        assert bob in list(admin.users.list())

        changed = admin.users.change(bob.id, role="editor", last_name="Builder")
        assert (changed.role, changed.first_name, changed.last_name) == ("editor", "Bob", "Builder")
        assert changed.applications == (shop,)
        assert admin.users.change(bob.id, role=None).role is None
        assert admin.users.change(bob.id, applications=[]).applications == ()

        with pytest.raises(Conflict) as there:
            admin.users.add("bob@EXAMPLE.com")
        assert there.value.code == "member_exists"
        with pytest.raises(Denied):
            admin.users.change(bob.id, role="root")

        admin.users.remove(bob.id)
        for ask in (admin.users.get, admin.users.remove):
            with pytest.raises(NotFound):
                ask(bob.id)


def test_a_user_of_another_tenant_is_nobody_elses_to_change(
    root: AccessClient, server: ServerProcess, tenant: Tenant
) -> None:
    owner = root.tenants.create("Owner", tenant_id="owner-of-a-user")
    theirs = person(root, owner, "viewer", first_name="Ann")
    with logged_in(server, person(root, tenant, "admin")) as admin:
        joined = admin.users.add(theirs.email, role="viewer")
        assert (joined.id, joined.is_owned, joined.first_name) == (theirs.id, False, None)
        with pytest.raises(Denied) as refused:
            admin.users.change(joined.id, password=OTHER_PASSWORD)
        assert refused.value.code == "not_owner"

        with pytest.raises((Denied, NotFound)):
            admin.users.get(theirs.id, tenant=owner.id)


def test_who_may_not_is_denied(root: AccessClient, server: ServerProcess, tenant: Tenant) -> None:
    with logged_in(server, person(root, tenant, "viewer")) as viewer:
        with pytest.raises(Denied) as refused:
            viewer.users.add("friend@example.com")
        assert (refused.value.status, type(refused.value)) == (403, Denied)
        with pytest.raises(Denied):
            list(viewer.keys.list())
        with pytest.raises(Denied):
            viewer.tenants.create("Mine")
        assert [each.id for each in viewer.tenants.list()] == [tenant.id]


def test_a_key_is_made_used_and_revoked(
    root: AccessClient, server: ServerProcess, tenant: Tenant
) -> None:
    made = root.keys.create("ci", role="admin", expires_in_days=7, tenant=tenant.id)
    assert made.key.startswith("tnk_")
    assert made.expires_at is not None
    assert timedelta(days=6) < made.expires_at - datetime.now(UTC) < timedelta(days=8)

    with AccessClient(server=server.record.address, token=made.key) as machine:
        # The key's tenant need not be said.
        (listed,) = machine.keys.list()
        assert (listed.id, listed.name, listed.role) == (made.id, "ci", "admin")
        assert listed.tenant_id == tenant.id
        assert machine.keys.get(made.id).created_by == "root"
        assert machine.me().id == f"key:{made.id}"
        with pytest.raises(Invalid) as refused:
            machine.logout()
        assert refused.value.code == "no_session"

        root.keys.revoke(made.id, tenant=tenant.id)
        with pytest.raises(Unauthenticated):
            machine.me()
    with pytest.raises(NotFound):
        root.keys.revoke(made.id, tenant=tenant.id)


def test_a_tenant_is_exported_and_erased(
    root: AccessClient, server: ServerProcess, tenant: Tenant
) -> None:
    member = person(root, tenant, "admin")
    root.keys.create("k", role="viewer", tenant=tenant.id)
    with ConfigClient(**as_root(server), tenant=tenant.id) as configs:
        configs.put("a", {"b": 1})
        configs.put("password", "hush", secret=True)

    export = root.tenants.export(tenant.id)
    assert export.tenant == tenant
    assert [each.id for each in export.members] == [member.id]
    assert [key.name for key in export.keys] == ["k"]
    assert export.settings == {"a": {"b": 1}, "password": "[secret]"}

    erasure = root.tenants.erase(tenant.id, confirm=tenant.id)
    assert (erasure.id, erasure.users_erased, erasure.members_removed) == (tenant.id, 1, 1)
    assert (erasure.keys_deleted, erasure.data_keys_shredded) == (1, 1)
    with pytest.raises((Conflict, Denied)) as refused:
        root.tenants.create("Again", tenant_id=tenant.id)
    assert refused.value.code == "tenant_erased"
    assert tenant.id not in [each.id for each in root.tenants.list()]


def test_the_audit_tells_who_did_what(
    root: AccessClient, server: ServerProcess, tenant: Tenant
) -> None:
    started_at = datetime.now(UTC) - timedelta(seconds=5)
    member = person(root, tenant, "admin")
    with logged_in(server, member) as admin:
        key = admin.keys.create("k", role="viewer")
        admin.keys.revoke(key.id)

        entries = list(admin.audit(actor=f"user:{member.id}"))
        assert [entry.action for entry in entries] == ["tenants.key_created", "tenants.key_revoked"]
        assert {entry.tenant_id for entry in entries} == {tenant.id}
        assert [entry.position for entry in entries] == sorted(e.position for e in entries)
        assert entries[0].details["role"] == "viewer"
        assert started_at < entries[0].at < entries[1].at
        assert list(admin.audit(since=entries[1].at, action="tenants.key")) == entries[1:]
        assert list(admin.audit(until=started_at)) == []
        with pytest.raises(Denied):
            list(admin.audit(tenant="owner-of-nothing"))

    assert tenant.id in {entry.tenant_id for entry in root.audit(since=started_at)}


def test_lists_follow_every_page(
    root: AccessClient, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenantry.sdk.access.request.PAGE_SIZE", 3)
    emails = {f"user-{number}@pages.example" for number in range(10)}
    for email in emails:
        root.users.add(email, tenant=tenant.id)
        root.keys.create(email, role="viewer", tenant=tenant.id)

    users = list(root.users.list(tenant=tenant.id))
    assert len(users) == 10
    assert {user.email for user in users} == emails
    assert {key.name for key in root.keys.list(tenant=tenant.id)} == emails
    assert len(list(root.audit(tenant=tenant.id, action="tenants.key_created"))) == 10
    tenants = [each.id for each in root.tenants.list()]
    assert len(tenants) == len(set(tenants))


def test_whoever_acts_on_every_tenant_is_a_user_of_the_star(
    root: AccessClient, server: ServerProcess
) -> None:
    chief = root.users.add("chief@example.com", role="root", password=PASSWORD, tenant="*")
    with logged_in(server, chief) as client:
        me = client.me()
        assert (me.role, me.tenant) == ("root", None)
        assert chief.id in [each.id for each in client.users.list(tenant="*")]
        with pytest.raises(Invalid, match="tenant"):
            list(client.users.list())


def test_threads_share_a_login(root: AccessClient, server: ServerProcess, tenant: Tenant) -> None:
    seen: list[str] = []
    with logged_in(server, person(root, tenant, "viewer")) as client:
        threads = [threading.Thread(target=lambda: seen.append(client.me().id)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert seen == [client.me().id] * 8


async def test_the_async_client_does_the_same(server: ServerProcess) -> None:
    async with AsyncAccessClient(**as_root(server)) as root:
        tenant = await root.tenants.create("Async", tenant_id="async")
        member = await root.users.add(
            "ada@async.example", role="admin", password=PASSWORD, tenant="async"
        )

    async with AsyncAccessClient(server=server.record.address) as client:
        session = await client.login(email=member.email, password=PASSWORD)
        assert session.tenant == tenant
        assert [each.id async for each in client.users.list()] == [member.id]

        key = await client.keys.create("k", role="viewer")
        assert [each.id async for each in client.keys.list()] == [key.id]
        await client.keys.revoke(key.id)
        assert [entry.action async for entry in client.audit(action="tenants.key")] == [
            "tenants.key_created",
            "tenants.key_revoked",
        ]
        assert (await client.tenants.export("async")).members == (member,)

        again = await client.refresh()
        assert again.token != session.token
        await client.logout()
        with pytest.raises(Unauthenticated):
            await client.me()


def test_who_guesses_too_often_must_wait(tmp_path: Path) -> None:
    # On a server of its own, since the address counts too.
    with ServerProcess(tmp_path) as server:
        server.wait_until_ready()
        with (
            AccessClient(**as_root(server)) as root,
            AccessClient(server=server.record.address) as client,
        ):
            tenant = root.tenants.create("Guessed", tenant_id="guessed")
            member = person(root, tenant, "viewer")
            for _ in range(5):
                with pytest.raises(Unauthenticated):
                    client.login(email=member.email, password="a guess, and wrong")

            with pytest.raises(Unavailable) as refused:
                client.login(email=member.email, password=PASSWORD)

    assert (refused.value.status, refused.value.code) == (429, "rate_limited")
    assert refused.value.retry_after is not None
    assert 0 < refused.value.retry_after <= 60
