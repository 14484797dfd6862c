import pytest

from tenantry.base import Principal, root_principal
from tenantry.base.errors import Denied, Invalid
from tenantry.web import resolve_tenant

ROOT = root_principal(source="test")
OF_ACME = Principal(id="k1", tenant_id="acme", permissions=frozenset(), source="test")


def test_root_acts_on_the_default_tenant_unless_it_names_one() -> None:
    assert resolve_tenant(None, ROOT, default_tenant="default") == "default"
    assert resolve_tenant(b"acme-2", ROOT, default_tenant="default") == "acme-2"


def test_a_tenant_may_be_named_by_its_uuid_in_any_case() -> None:
    named = b"6BA7B810-9DAD-11D1-80B4-00C04FD430C8"

    assert resolve_tenant(named, ROOT, default_tenant="default") == named.decode().lower()


def test_anybody_else_acts_on_their_own_tenant() -> None:
    assert resolve_tenant(None, OF_ACME, default_tenant="default") == "acme"
    assert resolve_tenant(b"acme", OF_ACME, default_tenant="default") == "acme"


def test_another_tenant_is_denied() -> None:
    with pytest.raises(Denied):
        resolve_tenant(b"other", OF_ACME, default_tenant="default")


@pytest.mark.parametrize(
    "named", [b"", b"Acme", b"-acme", b"a b", b"a/b", b"*", b"\xff", b"a" * 64, b"a" * 10_000]
)
def test_what_can_be_no_tenant_is_invalid(named: bytes) -> None:
    with pytest.raises(Invalid, match="X-Tenant-ID"):
        resolve_tenant(named, ROOT, default_tenant="default")
