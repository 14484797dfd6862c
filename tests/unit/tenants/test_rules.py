"""What is decided about access, without anything around it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantry.base import Principal, root_principal
from tenantry.base.errors import Invalid
from tenantry.tenants import PERMISSIONS, ROOT_PERMISSIONS, permissions_of
from tenantry.tenants.errors import BeyondOwnRole, NotOwner, TenantErased, TenantExists
from tenantry.tenants.model import Application, NewTenant, Person, Tenant, TenantChange, folded
from tenantry.tenants.rules import (
    ID_BYTES,
    SECRET_BYTES,
    check_grant,
    make_token,
    names,
    people,
    read_token,
    tenants,
)

ROOT = root_principal(source="test")
ACME = Tenant(id="acme", name="Acme", status="active", created_at=0, version=3)


def in_role(role: Any, tenant_id: str = "acme") -> Principal:
    """Return somebody in a role."""
    return Principal(
        id="somebody", tenant_id=tenant_id, permissions=permissions_of(role), source="test"
    )


@given(
    kind=st.sampled_from(["key", "session"]),
    random_id=st.binary(min_size=ID_BYTES, max_size=ID_BYTES),
    random_secret=st.binary(min_size=SECRET_BYTES, max_size=SECRET_BYTES),
)
def test_a_token_is_taken_apart_as_it_was_made(
    kind: Any, random_id: bytes, random_secret: bytes
) -> None:
    token, text = make_token(kind, random_id=random_id, random_secret=random_secret)

    taken = read_token(text.encode())
    assert taken == token
    assert token.is_proven_by(token.digest)
    assert not token.is_proven_by(bytes(32))
    assert token.grant == f"{kind}:{token.id}"
    assert token.secret.decode() not in repr(token)


@given(st.binary(max_size=80))
def test_what_is_no_token_is_none(text: bytes) -> None:
    assert read_token(text) is None
    assert read_token(b"tnk_" + b"a" * 16 + b"_" + b"b" * 43 + text[:1] + b"\n") is None


def test_roles_below_permit_less() -> None:
    assert PERMISSIONS["viewer"] < PERMISSIONS["editor"] < PERMISSIONS["admin"]
    assert PERMISSIONS["operator"] <= PERMISSIONS["admin"]
    assert permissions_of(None) == frozenset()
    for role in ("viewer", "editor", "operator", "admin"):
        assert not PERMISSIONS[role] & ROOT_PERMISSIONS


@pytest.mark.parametrize("giver", ["viewer", "editor", "operator", "admin", None])
@pytest.mark.parametrize("given_role", ["viewer", "editor", "operator", "admin", "root"])
def test_nobody_gives_more_than_they_have(giver: Any, given_role: Any) -> None:
    may = given_role != "root" and PERMISSIONS[given_role] <= permissions_of(giver)
    if may:
        check_grant(in_role(giver), "acme", given_role)
    else:
        with pytest.raises(BeyondOwnRole):
            check_grant(in_role(giver), "acme", given_role)
    with pytest.raises(BeyondOwnRole):
        check_grant(in_role(giver), "initech", given_role)
    check_grant(in_role(giver), "acme", None)


def test_root_is_given_by_root_and_where_it_is_a_role() -> None:
    check_grant(ROOT, "*", "root")
    check_grant(ROOT, "acme", "admin")
    for tenant_id, role in (("acme", "root"), ("*", "admin"), ("*", "viewer")):
        with pytest.raises(BeyondOwnRole):
            check_grant(ROOT, tenant_id, role)  # type: ignore[arg-type]  # a role's name
    with pytest.raises(BeyondOwnRole):
        check_grant(in_role("admin"), "*", "root")


def test_a_tenant_is_made_once_and_never_after_its_end() -> None:
    new = NewTenant(name="Acme", origins=("https://B.example:443", "http://a.example"))
    made = tenants.create(None, "acme", new)
    assert made.origins == ("http://a.example", "https://b.example")
    with pytest.raises(TenantExists):
        tenants.create(ACME, "acme", new)
    gone = Tenant(id="acme", name="", status="active", created_at=0, is_erased=True)
    with pytest.raises(TenantErased):
        tenants.create(gone, "acme", new)
    with pytest.raises(TenantErased):
        tenants.living(gone, "acme")


def test_what_is_so_already_is_nothing_to_decide() -> None:
    assert tenants.change(ACME, TenantChange(name="Acme", origins=())) is None
    assert tenants.activate(ACME) is None
    suspended = Tenant(id="acme", name="Acme", status="suspended", created_at=0)
    assert tenants.suspend(suspended, "why") is None


def person(owner: str) -> Person:
    """Return somebody whom a tenant has brought here."""
    return Person(
        id="ada",
        email="ada@example.com",
        username=None,
        first_name=None,
        last_name=None,
        password_hash=None,
        owner_tenant=owner,
        created_at=0,
    )


@pytest.mark.parametrize(
    "owner, members, may",
    [
        ("acme", ["acme"], True),
        ("acme", ["acme", "initech"], False),
        ("initech", ["acme"], False),
        ("initech", ["acme", "initech"], False),
        ("acme", ["*", "acme"], False),
        ("*", ["acme"], False),
    ],
)
def test_who_may_change_a_person(owner: str, members: list[str], *, may: bool) -> None:
    admin = in_role("admin")
    if may:
        people.check_may_change(admin, "acme", person(owner), members)
    else:
        with pytest.raises(NotOwner):
            people.check_may_change(admin, "acme", person(owner), members)
    people.check_may_change(ROOT, "acme", person(owner), members)


@pytest.mark.parametrize(
    "one, other",
    [
        ("Ada@Example.COM", "ada@example.com"),
        ("straße", "STRASSE"),
        ("\ufb01x", "FIX"),
        ("e\u0301", "\u00c9"),
        ("\xdf\u0301", "s\u015b"),
    ],
)
def test_two_spellings_of_a_name_are_one(one: str, other: str) -> None:
    assert folded(one) == folded(other)


@given(st.text(st.characters() | st.sampled_from("sß\u03b1\u1fb3\u0301\u0308\u0345"), max_size=30))
def test_a_name_is_folded_once_and_for_all(name: str) -> None:
    """Else a name that is taken could be had by spelling it as it is kept."""
    assert folded(folded(name)) == folded(name)


@given(st.text(max_size=300))
def test_what_is_kept_of_a_password_fits_what_is_compared(text: str) -> None:
    if 8 <= len(text) <= 256:
        assert names.check_password(text) == names.normal_password(text[:257])
    else:
        with pytest.raises(Invalid, match="password: got"):
            names.check_password(text)


def test_roles_of_a_front_end_are_kept_in_one_order() -> None:
    said = [
        Application(client_key="shop", roles=("b", "a")),
        Application(client_key=None, roles=("c",)),
        Application(client_key="shop", roles=("a", "d")),
    ]
    assert names.check_applications(said) == (
        Application(client_key=None, roles=("c",)),
        Application(client_key="shop", roles=("a", "b", "d")),
    )
