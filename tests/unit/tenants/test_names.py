"""Names: what tenants, people, keys and origins may be called, and that it can be kept."""

import unicodedata
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantry.base import root_principal
from tenantry.base.errors import Invalid
from tenantry.tenants.model import (
    LEAST_PASSWORD_CHARACTERS,
    MAX_APPLICATIONS,
    MAX_KEY_DAYS,
    MAX_ORIGINS,
    MAX_PASSWORD_CHARACTERS,
    MAX_PERSON_CHARACTERS,
    Application,
    NewKey,
    folded,
)
from tenantry.tenants.rules import names
from tenantry.web import Tenancy

ROOT = root_principal(source="test")
TENANCY = Tenancy(default_tenant="default")
# Halves of characters too, which Python's text may hold and no database does.
ANYTHING = st.text(st.characters() | st.characters(categories=["Cs", "Cc", "Zs", "Cf"]))
LATIN = st.text("abz019-ABF:/.@ _\n\x00", max_size=70)
CHECKS: dict[str, Callable[[str], str]] = {
    "id": names.check_tenant_id,
    "name": names.check_name,
    "reason": names.check_reason,
    "email": names.check_email,
    "username": names.check_username,
    "first_name": lambda text: names.check_person_name(text, field="first_name"),
    "key": lambda text: names.check_new_key(NewKey(name=text, role="viewer")),
    "role": lambda text: names.check_applications([Application(roles=(text,))])[0].roles[0],
}


@pytest.mark.parametrize("field", CHECKS)
@given(text=ANYTHING | LATIN)
def test_what_passes_can_be_kept_and_passes_again(field: str, text: str) -> None:
    kept = passed(CHECKS[field], text)
    if kept is None:
        return

    assert kept.encode().decode() == kept
    assert "\x00" not in kept
    assert CHECKS[field](kept) == kept
    assert kept == text or field == "id"


@given(text=LATIN | st.uuids().map(str) | st.uuids().map(lambda uuid: str(uuid).upper()))
def test_a_tenants_id_is_what_requests_name_it_by(text: str) -> None:
    tenant_id = passed(names.check_tenant_id, text)
    if tenant_id is None:
        return

    assert TENANCY.resolve(tenant_id.encode(), ROOT) == tenant_id
    assert TENANCY.resolve(text.encode(), ROOT) == tenant_id
    assert tenant_id == text.lower()


@pytest.mark.parametrize(
    "text", ["", "global", "*", "Acme", "-acme", "a" * 64, "acme\n", "a_b", "a.b", "ä", "a b"]
)
def test_what_is_no_id_of_a_tenant_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match=r"^id: got "):
        names.check_tenant_id(text)


@pytest.mark.parametrize("text", ["", " a", "a ", "a\x00b", "a\n", "\u00a0a", "a" * 201, "\ud800"])
def test_what_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match=r"^name: got "):
        names.check_name(text)


@pytest.mark.parametrize(
    "text", ["a", "a b", "名前", "e\u0301", "👩\u200d🚀", "\U0010ffff", "a" * 200]
)
def test_a_name_may_be_anything_that_people_are_called(text: str) -> None:
    assert names.check_name(text) == text


@pytest.mark.parametrize(
    "text",
    ["", "ada", "@b", "a@", "a@b@c", "a b@c", "a@b..c", "a@.b", 'a"@b', "a@b\n", "a@" + "b" * 253],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match=r"^email: got "):
        names.check_email(text)


@pytest.mark.parametrize("text", ["a@b", "a.b+c@d.e.example", "ä@ö.example"])
def test_an_address_may_be_of_any_script(text: str) -> None:
    assert names.check_email(text) == text


@pytest.mark.parametrize(
    "text", ["", "a@b", "a:b", "a/b", "a\\b", "a b", "a\n", "\u00a0", "a" * 101]
)
def test_what_is_no_user_name_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match=r"^username: got "):
        names.check_username(text)


@given(
    scheme=st.sampled_from(["http", "https", "HTTPS"]),
    host=st.from_regex(r"\A[a-zA-Z0-9]{1,8}(\.[a-z0-9]{1,8}){0,3}\Z"),
    port=st.none() | st.integers(min_value=1, max_value=65_535),
)
def test_an_origin_is_kept_as_browsers_write_it(scheme: str, host: str, port: int | None) -> None:
    text = f"{scheme}://{host}" + ("" if port is None else f":{port}")
    if scheme.isupper():
        with pytest.raises(Invalid):
            names.check_origins([text])
        return

    (origin,) = names.check_origins([text])
    parts = urlsplit(origin)
    usual = {"http": 80, "https": 443}[scheme]

    assert (parts.scheme, parts.hostname) == (scheme, host.lower())
    assert parts.port == (None if port == usual else port)
    assert names.check_origins([origin, text]) == (origin,)


@pytest.mark.parametrize(
    "text",
    [
        "*",
        "null",
        "acme.example",
        "ftp://acme.example",
        "https://",
        "https://acme.example/",
        "https://acme.example/path",
        "https://acme.example?",
        "https://user@acme.example",
        "https://*.acme.example",
        "https://acme.example:0",
        "https://acme.example:65536",
        "https://acme.example:",
        "https://-acme.example",
        "https://acme..example",
        "https://acme.example\n",
        "https://" + "a" * 64,
    ],
)
def test_what_is_no_origin_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match=r"^origins: got "):
        names.check_origins([text])


def test_origins_are_bounded() -> None:
    with pytest.raises(Invalid, match=f"got '{MAX_ORIGINS + 1} origins'"):
        names.check_origins([f"https://a{number}" for number in range(MAX_ORIGINS + 1)])


@given(text=ANYTHING)
def test_a_password_is_hashed_in_one_form(text: str) -> None:
    kept = passed(names.check_password, text)

    if kept is not None:
        assert kept == unicodedata.normalize("NFKC", text)
        assert kept.encode().decode() == kept


@pytest.mark.parametrize(
    "text",
    [
        "a" * (LEAST_PASSWORD_CHARACTERS - 1),
        "a" * (MAX_PASSWORD_CHARACTERS + 1),
        "\ud800" * LEAST_PASSWORD_CHARACTERS,
    ],
)
def test_what_is_no_password_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match=r"^password: got ") as refused:
        names.check_password(text)

    assert text not in str(refused.value)


def test_two_keyboards_spell_one_password() -> None:
    assert names.check_password("pässwort") == names.check_password("pa\u0308sswort")


@given(text=st.text())
def test_a_name_has_one_key_however_it_is_composed(text: str) -> None:
    assert folded(text) == folded(unicodedata.normalize("NFKC", text))


@given(text=st.text(st.characters(max_codepoint=127)))
def test_a_name_has_one_key_in_upper_and_lower_case(text: str) -> None:
    assert folded(text.upper()) == folded(text.lower())


@given(
    st.text(st.characters() | st.sampled_from("s\xdf\u03b1\u1fb3\u0301\u0308\u0345"), max_size=30)
)
def test_the_key_of_a_name_is_its_own_key(text: str) -> None:
    """Else a name that is taken could be had by spelling it as it is kept."""
    assert folded(folded(text)) == folded(text)


def test_what_is_one_character_only_once_it_is_folded_is_one() -> None:
    assert folded("\xdf\u0301") == folded("s\u015b")


@pytest.mark.parametrize("spelling", ["ADA@example.com", "ada@EXAMPLE.com", "\uff41da@example.com"])
def test_spellings_of_one_address_have_one_key(spelling: str) -> None:
    assert folded(spelling) == "ada@example.com"


@given(
    st.lists(
        st.builds(
            Application,
            client_key=st.none() | st.sampled_from(["shop", "desk"]),
            roles=st.lists(st.sampled_from(["USER", "ADMIN"])).map(tuple),
        ),
        max_size=6,
    )
)
def test_roles_in_a_front_end_are_gathered_and_in_order(applications: list[Application]) -> None:
    kept = names.check_applications(applications)

    keys = [application.client_key for application in kept]
    assert keys == sorted(set(keys), key=lambda key: key or "")
    for application in kept:
        given_roles = {
            role
            for other in applications
            if other.client_key == application.client_key
            for role in other.roles
        }
        assert application.roles == tuple(sorted(given_roles))
    assert names.check_applications(kept) == kept


def test_roles_in_front_ends_are_bounded() -> None:
    many = tuple(f"role-{number}" for number in range(MAX_APPLICATIONS + 1))

    with pytest.raises(Invalid, match=f"applications: got {len(many)}"):
        names.check_applications([Application(roles=many)])
    with pytest.raises(Invalid, match=f"applications: got {len(many)}"):
        names.check_applications([Application(client_key=key) for key in many])
    with pytest.raises(Invalid, match=f"1 to {MAX_PERSON_CHARACTERS} characters"):
        names.check_applications([Application(roles=("two words",))])


@pytest.mark.parametrize("days", [0, -1, MAX_KEY_DAYS + 1])
def test_a_key_is_good_for_a_day_at_least_and_ten_years_at_most(days: int) -> None:
    with pytest.raises(Invalid, match=f"expires_in_days: got {days}, wants 1 to {MAX_KEY_DAYS}"):
        names.check_new_key(NewKey(name="ci", role="viewer", expires_in_days=days))

    for allowed in (None, 1, MAX_KEY_DAYS):
        new = NewKey(name="ci", role="viewer", expires_in_days=allowed)
        assert names.check_new_key(new) == "ci"


def passed(check: Callable[[str], str], text: str) -> str | None:
    """Return what a check makes of a text, None where it is refused in words that can be sent."""
    try:
        return check(text)
    except Invalid as error:
        error.message.encode()
        return None
