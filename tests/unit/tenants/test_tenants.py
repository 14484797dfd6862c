"""Tenants: what may become of one, and what is behind its events."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantry.base.errors import Invalid, TenantryError
from tenantry.tenants.errors import TenantErased, TenantExists, UnknownTenant
from tenantry.tenants.model import (
    AccessEvent,
    NewTenant,
    Tenant,
    TenantChange,
    TenantChanged,
    TenantCreated,
    TenantSuspended,
    tenant_after,
)
from tenantry.tenants.model import TenantErased as ErasedEvent
from tenantry.tenants.rules import tenants

ACME = Tenant(id="acme", name="Acme", status="active", created_at=1, origins=("https://a",))
NAMES = st.sampled_from(["Acme", "Other", " no name "])
ORIGINS = st.lists(st.sampled_from(["https://a", "https://b:443", "no origin"]), max_size=2).map(
    tuple
)
WISHES = st.one_of(
    st.builds(NewTenant, name=NAMES, origins=ORIGINS, sandbox=st.booleans()),
    st.builds(
        TenantChange,
        name=st.none() | NAMES,
        origins=st.none() | ORIGINS,
        sandbox=st.none() | st.booleans(),
    ),
    st.sampled_from(["suspend", "activate", "erase"]),
)


def decided(current: Tenant | None, wish: NewTenant | TenantChange | str) -> AccessEvent | None:
    """Decide on a wish as the service does."""
    if isinstance(wish, NewTenant):
        return tenants.create(current, "acme", wish)
    living = tenants.living(current, "acme")
    if isinstance(wish, TenantChange):
        return tenants.change(living, wish)
    if wish == "suspend":
        return tenants.suspend(living, "unpaid")
    return tenants.activate(living) if wish == "activate" else ErasedEvent()


def _is_possible(current: Tenant | None, wish: NewTenant | TenantChange | str) -> bool:
    if isinstance(wish, NewTenant):
        return current is None
    return current is not None and not current.is_erased


def _refusal(current: Tenant | None, wish: NewTenant | TenantChange | str) -> type[TenantryError]:
    if isinstance(wish, NewTenant):
        return TenantExists
    return UnknownTenant if current is None else TenantErased


def after(current: Tenant | None, event: AccessEvent) -> Tenant:
    version = 1 if current is None else current.version + 1
    return tenant_after(current, event, tenant_id="acme", version=version, recorded_at=version)


@given(st.lists(WISHES, max_size=12))
def test_a_tenant_is_made_once_and_is_nothing_after_its_erasure(
    wishes: list[NewTenant | TenantChange | str],
) -> None:
    current: Tenant | None = None
    for wish in wishes:
        if not _is_possible(current, wish):
            with pytest.raises(_refusal(current, wish)):
                decided(current, wish)
            continue
        try:
            event = decided(current, wish)
        except Invalid:
            continue
        if event is None:
            continue

        before, current = current, after(current, event)
        assert current != before
        assert before is None or not before.is_erased
        assert current.version == (1 if before is None else before.version + 1)
        if not isinstance(event, ErasedEvent):
            # The same wish once more is fulfilled already.
            assert isinstance(wish, NewTenant) or decided(current, wish) is None

    if current is not None and current.is_erased:
        assert (current.name, current.origins, current.is_sandbox) == ("", (), False)


def test_only_what_is_otherwise_is_an_event() -> None:
    wish = TenantChange(name="Acme", origins=("https://b", "https://a:443"))

    assert tenants.change(ACME, wish) == TenantChanged(origins=("https://a", "https://b"))
    assert tenants.change(ACME, TenantChange(name="Acme", origins=("https://A",))) is None
    assert tenants.change(ACME, TenantChange()) is None
    assert tenants.change(ACME, TenantChange(origins=())) == TenantChanged(origins=())


def test_an_id_is_never_given_again() -> None:
    with pytest.raises(TenantExists, match="there is a tenant acme already"):
        tenants.create(ACME, "acme", NewTenant(name="New"))
    with pytest.raises(TenantExists, match="erased"):
        tenants.create(after(ACME, ErasedEvent()), "acme", NewTenant(name="New"))


def test_a_new_tenant_is_what_was_wished_for() -> None:
    new = NewTenant(name="Acme", origins=("https://b", "https://A", "https://b"))

    assert tenants.create(None, "acme", new) == TenantCreated(
        name="Acme", origins=("https://a", "https://b")
    )


def test_a_suspension_keeps_all_else() -> None:
    suspended = after(ACME, TenantSuspended(reason="unpaid"))

    assert suspended.status == "suspended"
    assert (suspended.name, suspended.origins) == (ACME.name, ACME.origins)
    assert tenants.suspend(suspended, "again") is None
    assert tenants.activate(ACME) is None


def test_what_is_not_there_is_not_found_and_what_was_is_gone() -> None:
    with pytest.raises(UnknownTenant):
        tenants.living(None, "acme")
    with pytest.raises(TenantErased):
        tenants.living(after(ACME, ErasedEvent()), "acme")
    assert tenants.living(ACME, "acme") is ACME
