"""Roles: what each may do, and that nobody gives away more than they have."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantry.base import Principal, root_principal
from tenantry.tenants import PERMISSIONS, ROOT_PERMISSIONS, permissions_of
from tenantry.tenants.errors import BeyondOwnRole
from tenantry.tenants.model import Role
from tenantry.tenants.rules import check_grant

ROOT = root_principal(source="test")
EVERY_TENANT = "*"
ROLES: st.SearchStrategy[Role] = st.sampled_from(list(PERMISSIONS))
TENANTS = st.sampled_from(["acme", "globex", EVERY_TENANT])
ALL_PERMISSIONS = sorted(frozenset[str]().union(*PERMISSIONS.values(), ROOT_PERMISSIONS))


def principal(tenant_id: str, permissions: frozenset[str]) -> Principal:
    return Principal(id="user:u", tenant_id=tenant_id, permissions=permissions, source="test")


PRINCIPALS = st.builds(
    principal,
    TENANTS,
    st.frozensets(st.sampled_from(ALL_PERMISSIONS)) | ROLES.map(permissions_of),
)


@given(granting=PRINCIPALS, tenant_id=TENANTS, role=ROLES)
def test_nobody_gives_away_what_is_beyond_them(
    granting: Principal, tenant_id: str, role: Role
) -> None:
    try:
        check_grant(granting, tenant_id, role)
    except BeyondOwnRole:
        return

    granted = principal(tenant_id, permissions_of(role))
    for tenant in ("acme", "globex", EVERY_TENANT):
        for permission in ALL_PERMISSIONS:
            assert granting.may(tenant, permission) or not granted.may(tenant, permission)


@given(tenant_id=TENANTS, role=ROLES)
def test_root_gives_every_role_where_it_exists(tenant_id: str, role: Role) -> None:
    if (role == "root") == (tenant_id == EVERY_TENANT):
        check_grant(ROOT, tenant_id, role)
        return

    with pytest.raises(BeyondOwnRole) as refused:
        check_grant(ROOT, tenant_id, role)
    assert refused.value.details == {"role": role, "tenant": tenant_id}


@given(granting=PRINCIPALS, tenant_id=TENANTS)
def test_to_have_no_role_is_nothing_to_be_given(granting: Principal, tenant_id: str) -> None:
    check_grant(granting, tenant_id, None)


@pytest.mark.parametrize("role", ["viewer", "editor", "operator", "admin"])
def test_an_admin_gives_every_role_of_their_tenant_and_none_of_another(role: Role) -> None:
    admin = principal("acme", permissions_of("admin"))

    check_grant(admin, "acme", role)
    with pytest.raises(BeyondOwnRole):
        check_grant(admin, "globex", role)


@pytest.mark.parametrize("role", ["editor", "operator", "admin"])
def test_whoever_has_less_is_told_so(role: Role) -> None:
    nobody = principal("acme", permissions_of(None))

    with pytest.raises(BeyondOwnRole, match=f"got {role}, which may do more than user:u"):
        check_grant(nobody, "acme", role)


def test_without_a_role_nobody_may_do_anything() -> None:
    assert permissions_of(None) == frozenset()
