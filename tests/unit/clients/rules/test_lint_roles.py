import pytest

from tests.support.client_lint import found, paths

DECLARED = ["USER", "ANON", "ADMIN", "DEVELOPER"]
GHOST = ["USER", "GHOST"]


def test_a_role_that_is_not_declared_is_told_at_every_place() -> None:
    assert paths(
        "undeclared-role",
        applicationRoles=DECLARED,
        routes=[{"path": "/", "roles": GHOST}],
        menus=[
            {"key": "m", "roles": GHOST, "entries": [{"roles": GHOST, "items": [{"roles": GHOST}]}]}
        ],
        components=[{"roles": GHOST}],
        plugins=[{"roles": GHOST}],
        featureFlags=[{"roles": GHOST}],
        users=[{"roles": GHOST}],
        settings=[{"roles": GHOST}, {"name": "new_user_roles", "data": GHOST}],
    ) == [
        "$.components[0].roles[1]",
        "$.featureFlags[0].roles[1]",
        "$.menus[0].entries[0].items[0].roles[1]",
        "$.menus[0].entries[0].roles[1]",
        "$.menus[0].roles[1]",
        "$.plugins[0].roles[1]",
        "$.routes[0].roles[1]",
        "$.settings[0].roles[1]",
        "$.settings[1].data[1]",
        "$.users[0].roles[1]",
    ]


@pytest.mark.parametrize("role", ["ANON", "USER"])
def test_anon_and_user_are_declared_like_others(role: str) -> None:
    routes = [{"path": "/", "roles": [role, "*"]}]

    assert paths("undeclared-role", applicationRoles=["X"], routes=routes) == [
        "$.routes[0].roles[0]"
    ]


def test_where_no_roles_are_declared_none_is_missing() -> None:
    assert paths("undeclared-role", routes=[{"path": "/", "roles": GHOST}]) == []
    assert paths("undeclared-role", applicationRoles=None, routes=[{"roles": GHOST}]) == []


@pytest.mark.parametrize(
    "role, fix",
    [
        ("DEVLOPER", "DEVELOPER"),
        ("admin", "ADMIN"),
        ("DEVELOPER-BACKEND", 'add "DEVELOPER-BACKEND" to $.applicationRoles'),
        ("SUPERADMIN", 'add "SUPERADMIN" to $.applicationRoles'),
    ],
)
def test_a_role_that_was_meant_is_the_fix(role: str, fix: str) -> None:
    (finding,) = found(
        "undeclared-role", applicationRoles=DECLARED, routes=[{"path": "/", "roles": [role]}]
    )

    assert finding.fix == fix


def test_a_role_that_stands_alone_is_read_as_a_list() -> None:
    assert paths("undeclared-role", applicationRoles=DECLARED, routes=[{"roles": "GHOST"}]) == [
        "$.routes[0].roles"
    ]
