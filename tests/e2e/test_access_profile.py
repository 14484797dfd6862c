"""What users change about themselves, and tenants about their users."""

from tests.support.access_lines import (
    ADA,
    ANOTHER,
    PASSWORD,
    TypeIn,
    act_as,
    create_acme,
    login,
)
from tests.support.command_line import CommandLine


def test_somebody_changes_their_own_profile_and_goes_on_in_another_session(
    tenantry: CommandLine, type_in: TypeIn
) -> None:
    create_acme(tenantry, type_in)
    token = login(tenantry, type_in, PASSWORD)
    act_as(tenantry, token)

    assert tenantry("profile", "--last-name", "King", "--username", "ada") == 0
    type_in(f"{PASSWORD}\n{ANOTHER}\n")
    assert tenantry("profile", "--password", "--password-stdin") == 0
    type_in(f"{PASSWORD}\n")
    assert tenantry("profile", "--email", "ada@new.example", "--password-stdin") == 1
    profile = tenantry.json("whoami")["user"]
    assert (profile["last_name"], profile["username"], profile["email"]) == ("King", "ada", ADA)

    assert tenantry("refresh") == 0
    following = tenantry.out.strip()
    assert tenantry("whoami") == 1
    act_as(tenantry, following)
    assert tenantry.json("whoami")["user"] == profile
    act_as(tenantry, None)
    assert login(tenantry, type_in, ANOTHER) != ""


def test_a_user_is_called_otherwise_and_has_roles_in_front_ends(
    tenantry: CommandLine, type_in: TypeIn
) -> None:
    create_acme(tenantry, type_in)
    user = [ADA, "--tenant", "acme"]

    change = ["--application", "shop=USER", "--first-name", "A"]
    assert tenantry("users", "change", *user, *change) == 0
    member = tenantry.json("users", "show", *user)
    assert member["applications"] == [{"client_key": "shop", "roles": ["USER"]}]
    assert (member["first_name"], member["role"]) == ("A", "admin")
    changed = tenantry.json("users", "change", *user, "--no-applications")
    assert changed == {**member, "applications": []}
