"""As whom a client acts, and on which tenant."""

import msgspec
import pytest

from tenantry.sdk import Invalid, Principal, Session, Unreachable
from tenantry.sdk.access.acting import Acting, TenantUnknown
from tenantry.sdk.request import Request
from tests.support.access import PRINCIPAL_JSON, SESSION_JSON

SESSION = msgspec.convert(SESSION_JSON, Session)
ME = msgspec.convert(PRINCIPAL_JSON, Principal)
REQUEST: Request[None] = Request(
    method="GET", target="/", headers=(("A", "b"),), read=lambda _: None
)


def test_a_request_is_signed_with_the_present_token() -> None:
    acting = Acting(token=None, tenant=None)
    assert acting.signed(REQUEST) is REQUEST

    acting.adopt(SESSION)
    signed = acting.signed(REQUEST).headers
    assert signed == (("A", "b"), ("Authorization", "Bearer tns_s1_hush"))

    acting.forget()
    assert acting.signed(REQUEST) is REQUEST


def test_the_tenant_is_that_of_the_call_the_session_or_the_client() -> None:
    acting = Acting(token=None, tenant="given")
    assert acting.tenant_of(None) == "given"

    acting.adopt(SESSION)
    assert acting.tenant_of(None) == "acme"
    assert acting.tenant_of("beta") == "beta"

    acting.adopt(msgspec.structs.replace(SESSION, tenant=None))
    assert acting.tenant_of(None) == "given"

    acting.adopt(SESSION)
    acting.forget()
    assert acting.tenant_of(None) == "given"


def test_the_tenant_of_a_token_is_learnt() -> None:
    acting = Acting(token="tnk_k1_hush", tenant=None)
    with pytest.raises(TenantUnknown):
        acting.tenant_of(None)

    acting.learn(ME, token="tnk_k1_hush")
    assert acting.tenant_of(None) == "acme"


def test_the_tenant_of_a_token_that_was_replaced_meanwhile_is_not() -> None:
    acting = Acting(token="another", tenant=None)

    acting.learn(ME, token="tnk_k1_hush")

    with pytest.raises(TenantUnknown):
        acting.tenant_of(None)


def test_root_has_no_tenant_to_learn() -> None:
    acting = Acting(token="t", tenant=None)

    acting.learn(msgspec.structs.replace(ME, tenant=None), token="t")

    with pytest.raises(TenantUnknown):
        acting.tenant_of(None)


def test_a_given_token_is_not_put_out_of_use_by_a_login() -> None:
    acting = Acting(token="tnk_k1_hush", tenant=None)
    with pytest.raises(Invalid, match="login") as refused:
        acting.check_login()
    assert "hush" not in str(refused.value)

    acting.forget()
    acting.check_login()
    acting.adopt(SESSION)
    acting.check_login()


@pytest.mark.parametrize("token", ["", "two words", "a\r\nb: c", "größe"])
def test_a_token_that_no_header_can_carry_is_refused_without_being_shown(token: str) -> None:
    with pytest.raises(Invalid, match="token") as refused:
        Acting(token=token, tenant=None)
    assert not token or token not in str(refused.value)

    acting = Acting(token=None, tenant=None)
    with pytest.raises(Unreachable, match="not a Tenantry server's"):
        acting.adopt(msgspec.structs.replace(SESSION, token=token))
    assert acting.token is None
