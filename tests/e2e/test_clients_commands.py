"""Clients from their files to what is stored and back, beside a running server and without one."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.command_line import CommandLine
from tests.support.repository import ROOT
from tests.support.server import DEFAULT_TENANT

FIXTURES = [ROOT / "tests/support/clients" / f"{name}.json" for name in ("reactory", "towerstone")]
ALL_UNCHANGED = ("added", "updated", "moved", "removed")

SHOP: dict[str, Any] = {
    "key": "shop",
    "name": "Shop",
    "applicationRoles": ["USER", "ADMIN"],
    "emailApiKey": "k3y-of-the-shop",
    "routes": [
        {
            "path": "/",
            "key": "home",
            "title": "Home",
            "componentFqn": "shop.Home@1.0.0",
            "roles": ["USER"],
        },
        {"path": "/login", "key": "login", "componentFqn": "shop.Login@1.0.0", "public": True},
        {"path": "/sale", "key": "sale", "componentFqn": "shop.Sale@1.0.0", "roles": ["USER"]},
    ],
    "menus": [
        {
            "key": "main",
            "roles": ["USER"],
            "entries": [{"title": "Home", "link": "/", "ordinal": 1}],
        }
    ],
    "externalComponents": ["shop.*"],
}


def write_shop(line: CommandLine, *, folder: str = "clients", **fields: Any) -> None:
    (line.cwd / folder).mkdir(exist_ok=True)
    line.write(f"{folder}/shop.json", json.dumps({**SHOP, **fields}))


def with_title(title: str, *more: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the shop's routes, the first with another title, and more of them."""
    home, *others = SHOP["routes"]
    return [{**home, "title": title}, *others, *more]


def apply_shop(line: CommandLine, **fields: Any) -> dict[str, Any]:
    """Apply the shop, and return what became of it."""
    write_shop(line, **fields)
    (client,) = line.json("clients", "apply", "clients")["clients"]
    assert line.code == 0, line.err
    applied: dict[str, Any] = client
    return applied


def test_the_originals_are_imported_and_applied_once(tenantry: CommandLine) -> None:
    originals = [str(path) for path in FIXTURES]

    assert tenantry("clients", "import", "--from", "reactory", *originals, "--out", "clients") == 0
    assert tenantry("clients", "validate", "clients") == 0
    first = tenantry.json("clients", "apply", "clients")["clients"]
    assert tenantry.code == 0
    assert [(client["key"], client["changed"], client["errors"]) for client in first] == [
        ("reactory", True, []),
        ("towerstone", True, []),
    ]
    assert first[0]["counts"]["routes"]["added"] == 37

    assert tenantry("clients", "apply", "clients") == 0
    assert tenantry.out == "nothing to do\n"
    second = tenantry.json("clients", "apply", "clients")["clients"]
    assert [client["revision"] for client in second] == [1, 1]
    for client in second:
        kinds = client["counts"].values()
        assert [counts[name] for counts in kinds for name in ALL_UNCHANGED] == [0] * 16
    assert tenantry("clients", "plan", "clients") == 0
    assert tenantry.out == "nothing to do\n"


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_what_is_exported_plans_to_nothing(alone: CommandLine, form: str) -> None:
    originals = [str(path) for path in FIXTURES]
    alone("clients", "import", "--from", "reactory", *originals, "--out", "clients")
    alone("clients", "apply", "clients")

    assert alone("clients", "export", "--out", "exported", "--form", form) == 0
    assert sorted(path.name for path in (alone.cwd / "exported").iterdir()) == [
        f"reactory.{form}",
        f"towerstone.{form}",
    ]
    assert alone("clients", "plan", "exported") == 0
    assert alone.out == "nothing to do\n"
    assert alone("clients", "apply", "exported") == 0
    assert alone.out == "nothing to do\n"


def test_a_plan_shows_the_change_and_changes_nothing(tenantry: CommandLine) -> None:
    apply_shop(tenantry)
    offers = {"path": "/offers", "key": "offers", "componentFqn": "shop.O@1.0.0", "public": True}
    write_shop(tenantry, routes=with_title("Welcome", offers), emailApiKey="an0ther")

    assert tenantry("clients", "plan", "clients") == 2
    assert f"shop Shop (tenant {DEFAULT_TENANT}, revision 1, clients/shop.json)\n" in tenantry.out
    assert '    ~ home title: "Home" -> "Welcome"\n' in tenantry.out
    assert "    ~ emailApiKey: (secret) -> (secret, changed)\n" in tenantry.out
    assert "    + ANON: page /offers (offers) PUBLIC, needs --allow-public\n" in tenantry.out
    assert "an0ther" not in tenantry.out
    assert tenantry("clients", "plan", "clients") == 2
    assert tenantry.json("clients", "show", "shop")["revision"] == 1


def test_what_becomes_public_has_to_be_meant(tenantry: CommandLine) -> None:
    apply_shop(tenantry)
    write_shop(tenantry, routes=with_title("Home", {"path": "/offers", "public": True}))
    apply = ["clients", "apply", "clients"]

    assert tenantry(*apply) == 1
    assert "becomes_public" in tenantry.err
    assert "--allow-public" in tenantry.err
    assert tenantry(*apply, "--allow-public", "--reason", "spring sale") == 0
    assert tenantry.out == "shop: revision 2: routes +1\n"
    assert tenantry("clients", "history", "shop") == 0
    assert "spring sale" in tenantry.out.splitlines()[1]


def test_a_collection_is_emptied_only_by_force(tenantry: CommandLine) -> None:
    apply_shop(tenantry)
    write_shop(tenantry, menus=[])

    assert tenantry("clients", "apply", "clients") == 1
    assert "--force" in tenantry.err
    (refused,) = tenantry.json("clients", "apply", "clients")["clients"]
    assert (refused["revision"], refused["changed"]) == (1, False)
    assert tenantry("clients", "apply", "clients", "--force") == 0
    assert tenantry.out == "shop: revision 2: menus -1\n"


def test_one_client_stops_no_other(tenantry: CommandLine) -> None:
    apply_shop(tenantry)
    write_shop(tenantry, menus=[])
    tenantry.write("clients/blog.yaml", "key: blog\nname: Blog\n")
    tenantry.write("clients/broken.yaml", "key: broken\nrouts: []\n")
    tenantry.write("clients/unreadable.yaml", "key: [\n")

    document = tenantry.json("clients", "apply", "clients")

    assert tenantry.code == 1
    outcome = {client["key"]: client for client in document["clients"]}
    assert (outcome["blog"]["revision"], outcome["blog"]["changed"]) == (1, True)
    for key in ("shop", "broken", "unreadable"):
        assert not outcome[key]["changed"]
        assert outcome[key]["errors"]
    assert "routes" in outcome["broken"]["errors"][0]["message"]
    assert outcome["broken"]["errors"][0]["path"] == "$.routs"
    assert tenantry.json("clients", "show", "shop")["revision"] == 1


def test_a_saved_plan_is_applied_exactly_or_not_at_all(tenantry: CommandLine) -> None:
    apply_shop(tenantry)
    write_shop(tenantry, routes=with_title("Welcome"), emailApiKey="an0ther")
    assert tenantry("clients", "plan", "clients", "--out", "plan.json") == 2
    assert "an0ther" not in (tenantry.cwd / "plan.json").read_text()

    assert tenantry("clients", "apply", "plan.json") == 0
    assert tenantry.out == "shop: revision 2: routes ~1\n"
    assert tenantry("clients", "apply", "plan.json") == 1
    assert "planned at revision 1, which is 2 now" in tenantry.err
    assert "revision 2 by " in tenantry.err
    assert "routes ~1" in tenantry.err
    assert tenantry.json("clients", "apply", "plan.json")["error"]["code"] == "stale_plan"
    assert tenantry("clients", "plan", "clients") == 0


def test_a_revision_comes_back(tenantry: CommandLine) -> None:
    apply_shop(tenantry)
    apply_shop(tenantry, routes=with_title("Welcome"))
    rollback = ["clients", "rollback", "shop", "--to", "1"]

    assert tenantry("clients", "diff", "shop") == 0
    assert '    ~ home title: "Home" -> "Welcome"\n' in tenantry.out
    assert tenantry(*rollback, "--dry-run") == 2
    assert '    ~ home title: "Welcome" -> "Home"\n' in tenantry.out
    assert tenantry(*rollback, "--reason", "broken") == 0
    assert tenantry.out == "shop: revision 3: routes ~1\n"
    assert tenantry(*rollback) == 0
    assert tenantry.out == "nothing to do\n"
    assert tenantry("clients", "diff", "shop", "--from", "1", "--to", "3") == 0
    assert tenantry.out == "nothing is different\n"
    newest = tenantry.json("clients", "history", "shop")["revisions"][0]
    assert (newest["revision"], newest["rolled_back_to"], newest["reason"]) == (3, 1, "broken")
    assert tenantry("clients", "rollback", "shop", "--to", "9") == 1
    assert "from 1 to 3" in tenantry.err


def test_drift_is_found_undone_and_adopted(tenantry: CommandLine) -> None:
    apply_shop(tenantry)
    assert tenantry("clients", "drift", "shop", "clients") == 0
    assert tenantry.out == "nothing has drifted\n"
    # A rollback is nobody's file: what it does is drift.
    apply_shop(tenantry, routes=with_title("Welcome"))
    assert tenantry("clients", "rollback", "shop", "--to", "1") == 0

    assert tenantry("clients", "drift", "shop") == 2
    assert 'routes[home].title changed here by api: was "Welcome", is "Home"\n' in tenantry.out
    assert tenantry("clients", "drift", "shop", "--adopt", "--out", "adopted") == 0
    assert tenantry("clients", "plan", "adopted") == 0
    assert tenantry.out == "nothing to do\n"
    assert tenantry("clients", "drift", "shop", "--revert") == 0
    assert tenantry.out == "shop: revision 4: routes ~1\n"
    assert tenantry("clients", "drift", "shop") == 0
    assert tenantry("clients", "plan", "clients") == 0


def test_a_user_who_cannot_be_made_is_told_by_validate_and_is_not_counted(
    alone: CommandLine,
) -> None:
    ada = {"email": "ada@example.com", "firstName": "A", "lastName": "B", "roles": ["USER"]}
    write_shop(alone, users=[{**ada, "password": "sh0rt"}])

    assert alone("clients", "validate", "clients") == 1
    assert "$.users[0].password: password: got 5 characters, wants 8 to 256" in alone.err
    assert alone("clients", "apply", "clients", "--continue-on-error") == 1
    assert alone.out == "shop: revision 1: routes +3, menus +1\n"
    assert "sh0rt" not in alone.err
    assert "ada@example.com" not in alone.err


def test_an_item_that_cannot_be_read_is_left_as_it_is(tenantry: CommandLine) -> None:
    apply_shop(tenantry)
    write_shop(
        tenantry, routes=[*with_title("Welcome")[:2], {"path": "/sale", "key": "sale", "rolls": 1}]
    )

    assert tenantry("clients", "apply", "clients") == 1
    assert "$.routes[2].rolls" in tenantry.err
    assert tenantry.json("clients", "show", "shop")["revision"] == 1
    assert tenantry("clients", "apply", "clients", "--continue-on-error") == 1
    assert tenantry.out == "shop: revision 2: routes ~1\n"
    routes = tenantry.json("clients", "show", "shop")["config"]["routes"]
    assert [route["key"] for route in routes] == ["home", "login", "sale"]


def test_variables_stand_for_what_the_environment_has(tenantry: CommandLine) -> None:
    write_shop(tenantry, siteUrl="https://${SHOP_HOST}")

    assert tenantry("clients", "apply", "clients") == 1
    assert "SHOP_HOST" in tenantry.err
    tenantry.environ.update(CLIENT_VARS="SHOP_HOST", SHOP_HOST="shop.example")
    assert tenantry("clients", "apply", "clients") == 0
    assert tenantry("clients", "apply", "clients") == 0
    assert tenantry.out == "nothing to do\n"
    tenantry.environ["SHOP_HOST"] = "other.example"
    assert tenantry("clients", "plan", "clients") == 2
    assert "    ~ SHOP_HOST: (secret) -> (secret, changed)\n" in tenantry.out
    assert tenantry.json("clients", "show", "shop")["config"]["siteUrl"] == "https://${SHOP_HOST}"


def test_many_clients_are_applied_in_batches_and_listed(served: CommandLine) -> None:
    (served.cwd / "clients").mkdir()
    for number in range(120):
        served.write(f"clients/c{number:03}.json", json.dumps({**SHOP, "key": f"c{number:03}"}))

    applied = served.json("clients", "apply", "clients")["clients"]
    assert [client["revision"] for client in applied] == [1] * 120
    assert len(served.json("clients", "list")["items"]) == 120
    assert served("clients", "apply", "clients") == 0
    assert served.out == "nothing to do\n"


def test_what_is_stored_is_linted_and_checked(tenantry: CommandLine) -> None:
    apply_shop(tenantry)

    assert tenantry("clients", "validate", "shop") == 0
    of_server = tenantry.json("clients", "lint", "shop")
    of_file = tenantry.json("clients", "lint", "clients")
    codes = {finding["code"] for finding in of_server}
    assert codes == {finding["code"] for finding in of_file}
    assert tenantry("clients", "show", "SHOP") == 0
    assert tenantry("clients", "show", "nobody") == 1


def test_no_secret_is_shown_anywhere(tenantry: CommandLine) -> None:
    apply_shop(tenantry)

    for command in (
        ["show", "shop"],
        ["export"],
        ["history", "shop"],
        ["diff", "shop", "--from", "0", "--full"],
        ["plan", "clients", "--full"],
    ):
        tenantry("clients", *command)
        assert SHOP["emailApiKey"] not in tenantry.out + tenantry.err
        tenantry("clients", *command, "-o", "json")
        assert SHOP["emailApiKey"] not in tenantry.out + tenantry.err


def test_the_module_of_a_client_is_run_here(tenantry: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "clients").mkdir(exist_ok=True)
    content = f"config = {SHOP!r}\n"
    tenantry.write("clients/shop.py", content)

    assert tenantry("clients", "apply", "clients/shop.py") == 0
    assert tenantry.out == "shop: revision 1: routes +3, menus +1\n"
