"""What `clients show | list | history | diff | rollback | drift | export` ask and print."""

import json
from typing import Any

import pytest

from tests.support.access_answers import Serve, body, page, rows
from tests.support.client_answers import (
    AT,
    DIGEST,
    OTHER_DIGEST,
    SHOP,
    SHOP_FILE,
    counts,
    field,
    plan,
    result,
    same,
    write_files,
)
from tests.support.command_line import CommandLine
from tests.support.scripted import refusing

SUMMARY: dict[str, Any] = {
    "key": "shop",
    "tenant": "acme",
    "name": "Shop",
    "client_id": "c1",
    "revision": 4,
    "digest": "d1",
    "applied_at": AT,
    "held_back": [],
}
REVISION: dict[str, Any] = {
    "revision": 4,
    "applied_at": AT,
    "actor": "user:u1",
    "source": "file",
    "counts": counts(added=2, updated=1),
    "plan_hash": "p",
    "digest": "d1",
}
DRIFT: dict[str, Any] = {
    "tenant_id": "acme",
    "key": "shop",
    "base_revision": 3,
    "revision": 4,
    "changes": [
        {"path": "name", "kind": "both", "owner": "api", "base": "A", "live": "B", "desired": "C"},
        {
            "path": "routes[home].title",
            "kind": "changed_live",
            "owner": "ui",
            "base": "Home",
            "live": "Start",
            "desired": "Home",
        },
        {"path": "routes[new]", "kind": "changed_file", "desired": {"path": "/new"}},
        {"path": "emailApiKey", "kind": "changed_live", "base": DIGEST, "live": OTHER_DIGEST},
        {"path": "theme", "kind": "same", "base": "a", "live": "b", "desired": "b"},
    ],
}
NO_DRIFT: dict[str, Any] = {"tenant_id": "acme", "key": "blog", "base_revision": 1, "revision": 1}
RESOLVE = "POST /api/clients/drift/resolve"


def test_a_client_is_shown_with_its_pages(tenantry: CommandLine, serve: Serve) -> None:
    view = {**SUMMARY, "config": SHOP, "ids": {}}
    serve({"GET /api/clients/shop": view})

    assert tenantry("clients", "show", "shop") == 0
    assert ["revision", "4"] in rows(tenantry)
    assert ["routes", "2"] in rows(tenantry)
    assert ["/", "home", "shop.Home@1.0.0", "public"] in rows(tenantry)
    assert ["/old", "->", "/", "ADMIN,USER"] in rows(tenantry)
    assert tenantry.json("clients", "show", "shop") == view


def test_clients_are_listed(tenantry: CommandLine, serve: Serve) -> None:
    serve({"GET /api/clients?limit=500": page(SUMMARY, {**SUMMARY, "held_back": ["x"]})})

    assert tenantry("clients", "list") == 0
    assert rows(tenantry) == [["shop", "Shop", "4", AT], ["shop", "Shop", "4", AT, "1"]]
    assert len(tenantry.json("clients", "list")["items"]) == 2


def test_the_history_says_who_did_what_and_why(tenantry: CommandLine, serve: Serve) -> None:
    back = {**REVISION, "revision": 5, "rolled_back_to": 3, "reason": "broken"}
    answer = {"revisions": [back, {**REVISION, "counts": counts()}]}
    serve({"GET /api/clients/shop/revisions": answer})

    assert tenantry("clients", "history", "shop") == 0
    assert rows(tenantry) == [
        ["5", AT, "user:u1", "file", "routes", "+2", "~1", "back", "to", "3:", "broken"],
        ["4", AT, "user:u1", "file", "no", "items"],
    ]
    assert tenantry.json("clients", "history", "shop") == answer


def test_two_revisions_are_compared(tenantry: CommandLine, serve: Serve) -> None:
    path = "GET /api/clients/shop/diff"
    changed = plan(fields=[field("name", "A", "B")])
    serve({path: changed, f"{path}?from=0&to=2": plan(changed=False)})

    assert tenantry("clients", "diff", "shop") == 0
    assert '    ~ name: "A" -> "B"\n' in tenantry.out
    assert tenantry.json("clients", "diff", "shop") == changed
    assert tenantry("clients", "diff", "shop", "--from", "0", "--to", "2") == 0
    assert tenantry.out == "nothing is different\n"


def test_a_revision_is_gone_back_to(tenantry: CommandLine, serve: Serve) -> None:
    server = serve({"POST /api/clients/shop/rollback": result()})
    command = ["clients", "rollback", "shop", "--to", "2"]

    assert tenantry(*command, "--reason", "broken", "--force") == 0
    assert tenantry.out == "shop: revision 4: routes +1\n"
    assert tenantry.json(*command)["clients"][0]["revision"] == 4
    assert tenantry("clients", "rollback", "shop") == 64

    assert body(server.seen[0]) == {"to": 2, "force": True, "reason": "broken"}


@pytest.mark.parametrize("is_changed, code", [(True, 2), (False, 0)])
def test_a_rollback_is_planned_first(
    tenantry: CommandLine, serve: Serve, *, is_changed: bool, code: int
) -> None:
    answer = plan(changed=is_changed, fields=[field("name", "A", "B")] if is_changed else [])
    server = serve({"POST /api/clients/shop/rollback": answer})

    assert tenantry("clients", "rollback", "shop", "--to", "2", "--dry-run") == code
    assert ('~ name: "A" -> "B"' in tenantry.out) is is_changed
    assert body(server.seen[0]) == {"to": 2, "dry_run": True}


def test_a_rollback_that_is_guarded_says_what_is_needed(
    tenantry: CommandLine, serve: Serve
) -> None:
    guard = {"code": "becomes_public", "message": "1 page", "option": "--allow-public"}
    details = {"clients": [{"key": "shop", "guards": [guard]}]}
    serve({"POST /api/clients/shop/rollback": refusing(409, "guarded", "no", details=details)})

    assert tenantry("clients", "rollback", "shop", "--to", "2") == 1
    assert tenantry.err.splitlines() == [
        "error: no",
        "  shop: becomes_public: 1 page (--allow-public applies it all the same)",
    ]


def test_drift_is_told_side_by_side(tenantry: CommandLine, serve: Serve) -> None:
    serve({"GET /api/clients/shop/drift": DRIFT, "GET /api/clients/blog/drift": NO_DRIFT})

    assert tenantry("clients", "drift", "shop", "blog") == 2
    assert tenantry.out.splitlines() == [
        "shop (file of revision 3, revision 4 now)",
        '  name changed here and in the file by api: was "A", is "B", file "C"',
        '  routes[home].title changed here by ui: was "Home", is "Start"',
        '  routes[new] changed in the file: was (none), is (none), file {"path":"/new"}',
        "  emailApiKey changed here: was (secret), is another (secret)",
        "blog (file of revision 1, revision 1 now): no drift",
    ]
    document = tenantry.json("clients", "drift", "shop")
    assert document["clients"][0]["changes"][0] == DRIFT["changes"][0]


def test_no_drift_is_said_and_exits_with_0(tenantry: CommandLine, serve: Serve) -> None:
    alike = {**DRIFT, "changes": DRIFT["changes"][-1:]}
    serve({"GET /api/clients/shop/drift": alike, "GET /api/clients/blog/drift": NO_DRIFT})

    assert tenantry("clients", "drift", "shop", "blog") == 0
    assert tenantry.out == "nothing has drifted\n"
    assert tenantry("clients", "drift", "shop", "--revert") == 0
    assert tenantry.out == "nothing has drifted\n"


def test_a_file_is_the_third_side(tenantry: CommandLine, serve: Serve) -> None:
    server = serve({"POST /api/clients/drift": {"clients": [DRIFT]}})
    write_files(tenantry, shop=SHOP_FILE)

    assert tenantry("clients", "drift", "clients/shop.yaml") == 2
    sent = body(server.seen[0])
    assert sent["configs"][0]["key"] == "shop"
    assert sent["origins"] == ["clients/shop.yaml"]


def test_drift_is_undone(tenantry: CommandLine, serve: Serve) -> None:
    server = serve(
        {
            "GET /api/clients/shop/drift": DRIFT,
            "POST /api/clients/drift": {"clients": [DRIFT]},
            RESOLVE: result(),
        }
    )
    write_files(tenantry, shop=SHOP_FILE)

    assert tenantry("clients", "drift", "shop", "--revert", "--field", "name") == 0
    assert tenantry.out == "shop: revision 4: routes +1\n"
    assert tenantry("clients", "drift", "clients", "--revert", "--force") == 0

    assert body(server.seen[1]) == {"key": "shop", "how": "revert", "fields": ["name"]}
    sent = body(server.seen[3])
    assert sent["config"]["key"] == "shop"
    assert (sent["how"], sent["force"], sent["variables"]) == ("revert", True, {})


def test_drift_is_adopted_into_a_file(tenantry: CommandLine, serve: Serve) -> None:
    serve(
        {
            "GET /api/clients/shop/drift": DRIFT,
            RESOLVE: {"key": "shop", "config": SHOP},
        }
    )

    assert tenantry("clients", "drift", "shop", "--adopt") == 0
    assert tenantry.out.startswith("key: shop\n")
    assert tenantry("clients", "drift", "shop", "--adopt", "--out", "adopted") == 0
    assert tenantry.out == "shop is in adopted/shop.yaml\n"
    assert tenantry("clients", "validate", "adopted") == 0


@pytest.mark.parametrize("wrong", [["--revert", "--adopt"], ["--out", "x"], ["--field", "name"]])
def test_what_drift_cannot_do_is_told(tenantry: CommandLine, wrong: list[str]) -> None:
    assert tenantry("clients", "drift", "shop", *wrong) == 64


def test_clients_are_exported_as_files(tenantry: CommandLine, serve: Serve) -> None:
    answer = {"clients": [{"key": "shop", "config": SHOP}, {"key": "blog", "config": {"key": "b"}}]}
    server = serve({"POST /api/clients/export": answer})

    assert tenantry("clients", "export", "--out", "out") == 0
    assert tenantry.out == "shop is in out/shop.yaml\nblog is in out/b.yaml\n"
    assert tenantry("clients", "export", "shop", "--out", "-") == 0
    assert tenantry.out.startswith("key: shop\n")
    assert "\n---\nkey: b\n" in tenantry.out
    assert tenantry("clients", "export", "--form", "json") == 0
    assert [config["key"] for config in json.loads(tenantry.out)] == ["shop", "b"]
    assert tenantry.json("clients", "export") == answer

    assert [body(seen) for seen in server.seen[:2]] == [{}, {"keys": ["shop"]}]


def test_an_unchanged_revision_is_nothing_to_do(tenantry: CommandLine, serve: Serve) -> None:
    serve({"POST /api/clients/shop/rollback": same()})

    assert tenantry("clients", "rollback", "shop", "--to", "3") == 0
    assert tenantry.out == "nothing to do\n"
