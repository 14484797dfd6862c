import pytest

from tenantry.base import Principal, root_principal
from tenantry.base.errors import Denied

EDITOR = Principal(
    id="ada", tenant_id="acme", permissions=frozenset({"configs:write"}), source="cli"
)


def test_a_principal_may_do_what_it_has_the_permission_for() -> None:
    EDITOR.authorise("acme", "configs:write")
    assert EDITOR.may("acme", "configs:write")


@pytest.mark.parametrize(
    "tenant_id, permission",
    [("acme", "configs:delete"), ("other", "configs:write"), ("*", "configs:write"), ("acme", "*")],
)
def test_a_principal_is_denied_everything_else(tenant_id: str, permission: str) -> None:
    assert not EDITOR.may(tenant_id, permission)
    with pytest.raises(Denied, match="ada lacks") as caught:
        EDITOR.authorise(tenant_id, permission)
    assert caught.value.details == {"permission": permission, "tenant": tenant_id}


def test_root_may_do_everything_on_every_tenant() -> None:
    root_principal(source="startup").authorise("any tenant", "any:permission")
