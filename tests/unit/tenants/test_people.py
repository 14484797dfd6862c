"""People: who may change what about one, and what a tenant sees of one."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantry.base import Principal, root_principal
from tenantry.base.errors import Invalid
from tenantry.tenants.errors import NotOwner
from tenantry.tenants.model import Application, Member, Person, PersonalFields
from tenantry.tenants.rules import people, permissions_of

ADA = Person(
    id="ada",
    email="ada@acme.example",
    username="ada",
    first_name="Ada",
    last_name="Lovelace",
    password_hash="hash",
    owner_tenant="acme",
    created_at=0,
)
MEMBER = Member(
    tenant_id="acme", user_id="ada", role="editor", applications=(Application(roles=("USER",)),)
)
TENANTS = st.sampled_from(["acme", "globex", "initech"])
NAMES = st.none() | st.sampled_from(["ada", "Ada", "bob"])
FIELDS = st.builds(
    PersonalFields,
    email=st.none() | st.sampled_from(["ada@acme.example", "bob@acme.example"]),
    username=NAMES,
    first_name=NAMES,
    last_name=NAMES,
    password=st.none() | st.just("a long password"),
)


def admin_of(tenant_id: str, *, name: str = "user:admin") -> Principal:
    return Principal(
        id=name, tenant_id=tenant_id, permissions=permissions_of("admin"), source="test"
    )


@given(owner=TENANTS, asking=TENANTS, tenants=st.frozensets(TENANTS))
def test_a_person_is_changed_by_the_tenant_that_made_them_while_it_is_their_only_one(
    owner: str, asking: str, tenants: frozenset[str]
) -> None:
    person = msgspec.structs.replace(ADA, owner_tenant=owner)
    if owner == asking and tenants <= {asking}:
        people.check_may_change(admin_of(asking), asking, person, tenants)
        return

    with pytest.raises(NotOwner) as refused:
        people.check_may_change(admin_of(asking), asking, person, tenants)
    assert refused.value.details == {"user": "ada", "tenant": asking}


@given(owner=TENANTS, tenants=st.frozensets(TENANTS))
def test_a_person_is_changed_by_themselves_and_by_root_whatever_they_belong_to(
    owner: str, tenants: frozenset[str]
) -> None:
    person = msgspec.structs.replace(ADA, owner_tenant=owner)

    people.check_may_change(root_principal(source="test"), "globex", person, tenants)
    people.check_may_change(admin_of("globex", name="user:ada"), "globex", person, tenants)


def test_a_key_that_is_called_like_a_person_is_not_that_person() -> None:
    with pytest.raises(NotOwner):
        people.check_may_change(admin_of("globex", name="key:ada"), "globex", ADA, ["acme"])


@given(fields=FIELDS)
def test_only_what_is_otherwise_is_changed(fields: PersonalFields) -> None:
    wanted = people.differing(ADA, fields)

    for name in ("email", "username", "first_name", "last_name"):
        said, there = getattr(fields, name), getattr(ADA, name)
        assert getattr(wanted, name) == (None if said == there else said)
    assert wanted.password == fields.password
    assert people.differing(ADA, wanted) == wanted


def test_fields_that_are_left_out_are_not_looked_at() -> None:
    assert people.checked(PersonalFields()) == PersonalFields()


@pytest.mark.parametrize(
    "field, text",
    [
        ("email", "no address"),
        ("username", "a@b"),
        ("first_name", " "),
        ("last_name", "\x00"),
        ("password", "short"),
    ],
)
def test_a_field_that_is_wrong_is_named(field: str, text: str) -> None:
    with pytest.raises(Invalid, match=f"^{field}: "):
        people.checked(PersonalFields(**{field: text}))


@pytest.mark.parametrize(
    "owner, sees_all, shown", [("acme", False, True), ("*", False, False), ("globex", True, True)]
)
def test_a_tenant_sees_whom_it_has_made_and_root_everybody(
    owner: str,
    sees_all: bool,  # noqa: FBT001 - a case
    shown: bool,  # noqa: FBT001 - a case
) -> None:
    person = msgspec.structs.replace(ADA, owner_tenant=owner)
    view = people.as_member(person, MEMBER, since=0, sees_all=sees_all)

    assert (view.username == "ada") == shown
    assert view.is_owned == (owner == "acme")


def test_of_another_tenants_person_one_sees_what_one_has_said_oneself() -> None:
    person = msgspec.structs.replace(ADA, owner_tenant="globex")
    view = people.as_member(person, MEMBER, since=0, sees_all=False)

    assert (view.username, view.first_name, view.last_name) == (None, None, None)
    assert (view.email, view.role, view.applications) == (ADA.email, "editor", MEMBER.applications)


def test_no_view_of_a_person_has_what_proves_them() -> None:
    views = [people.as_user(ADA), people.as_member(ADA, MEMBER, since=0, sees_all=True)]

    for view in views:
        assert b"hash" not in msgspec.json.encode(view)
    assert repr(ADA) == "Person(…)"
