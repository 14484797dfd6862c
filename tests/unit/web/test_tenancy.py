import pytest

from tenantry.base import Principal, root_principal
from tenantry.base.errors import Denied, Gone, Invalid
from tenantry.web import Tenancy

ROOT = root_principal(source="test")
OF_ACME = Principal(id="k1", tenant_id="acme", permissions=frozenset(), source="test")
TENANCY = Tenancy(default_tenant="default")


def test_root_acts_on_the_default_tenant_unless_it_names_one() -> None:
    assert TENANCY.resolve(None, ROOT) == "default"
    assert TENANCY.resolve(b"acme-2", ROOT) == "acme-2"


def test_a_tenant_may_be_named_by_its_uuid_in_any_case() -> None:
    named = b"6BA7B810-9DAD-11D1-80B4-00C04FD430C8"

    assert TENANCY.resolve(named, ROOT) == named.decode().lower()


def test_anybody_else_acts_on_their_own_tenant() -> None:
    assert TENANCY.resolve(None, OF_ACME) == "acme"
    assert TENANCY.resolve(b"acme", OF_ACME) == "acme"


def test_another_tenant_is_denied() -> None:
    with pytest.raises(Denied):
        TENANCY.resolve(b"other", OF_ACME)


@pytest.mark.parametrize(
    "named", [b"", b"Acme", b"-acme", b"a b", b"a/b", b"*", b"\xff", b"a" * 64, b"a" * 10_000]
)
def test_what_can_be_no_tenant_is_invalid(named: bytes) -> None:
    with pytest.raises(Invalid, match="X-Tenant-ID"):
        TENANCY.resolve(named, ROOT)


@pytest.mark.parametrize(
    "named, principal, tenant_id",
    [
        (None, ROOT, "default"),
        (b"acme", ROOT, "acme"),
        (None, OF_ACME, "acme"),
        (b"6BA7B810-9DAD-11D1-80B4-00C04FD430C8", ROOT, "6ba7b810-9dad-11d1-80b4-00c04fd430c8"),
    ],
)
def test_nobody_acts_on_a_tenant_that_is_gone(
    named: bytes | None, principal: Principal, tenant_id: str
) -> None:
    def refuse(asked: str) -> None:
        raise Gone(f"{asked} was erased")

    with pytest.raises(Gone, match=f"{tenant_id} was erased"):
        Tenancy(default_tenant="default", check=refuse).resolve(named, principal)


def test_what_nobody_may_name_is_not_checked() -> None:
    checked: list[str] = []
    tenancy = Tenancy(default_tenant="default", check=checked.append)

    with pytest.raises(Denied):
        tenancy.resolve(b"other", OF_ACME)
    with pytest.raises(Invalid):
        tenancy.resolve(b"*", ROOT)
    assert tenancy.resolve(b"acme", OF_ACME) == "acme"
    assert checked == ["acme"]
