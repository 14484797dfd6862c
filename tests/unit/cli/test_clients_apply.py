"""What `clients apply` sends, in how many requests, and what it tells of what became of it."""

import json
from typing import Any

import pytest

from tests.support.access_answers import Serve, body
from tests.support.client_answers import (
    AT,
    BLOG_FILE,
    SHOP_FILE,
    counts,
    result,
    same,
    write_files,
)
from tests.support.command_line import CommandLine
from tests.support.scripted import Exchange, refusing

APPLY = "POST /api/clients/apply"
ERROR = {
    "error_type": "processing_error",
    "message": "wants a path",
    "path": "$.routes[1]",
    "file": "clients/shop.yaml",
}
SAVED = {"format": "tenantry-plan/1", "plan_hash": "p", "clients": [], "sealed": []}
SINCE = {
    "revision": 4,
    "applied_at": AT,
    "actor": "user:u1",
    "source": "ui",
    "counts": counts(added=2, removed=1),
    "plan_hash": "p",
    "digest": "d",
}
STALE = {
    "clients": [{"key": "shop", "base_revision": 3, "revision": 4, "since": [SINCE]}],
}
GUARDED = {
    "clients": [
        {
            "key": "shop",
            "guards": [
                {"code": "would_empty", "message": "menus", "option": "--force"},
                {"code": "becomes_public", "message": "1 page", "option": "--allow-public"},
            ],
        }
    ]
}


def applied(*clients: dict[str, Any]) -> dict[str, Any]:
    return {"clients": clients}


def apply_all_but(refused: str, script: Any) -> Any:
    """Answer with what was applied of each client that is sent, and refuse one of them."""

    def answer(exchange: Exchange) -> None:
        keys = [config["key"] for config in json.loads(exchange.body)["configs"]]
        if refused in keys:
            script(exchange)
        else:
            exchange.reply(200, {"success": True, "data": applied(*map(result, keys))})

    return answer


def test_what_was_done_is_a_line_for_each_client(tenantry: CommandLine, serve: Serve) -> None:
    shop = result(counts={**counts(added=2, updated=1), "menus": counts(removed=1)["routes"]})
    server = serve({APPLY: applied(shop, same("blog"))})
    write_files(tenantry, shop=SHOP_FILE, blog=BLOG_FILE)

    assert tenantry("clients", "apply", "clients", "--reason", "launch") == 0
    assert tenantry.out.splitlines() == [
        "shop: revision 4: routes +2 ~1, menus -1",
        "1 unchanged",
    ]
    (seen,) = server.seen
    sent = body(seen)
    assert sent.pop("configs")
    assert sent == {
        "source": "file",
        "variables": {},
        "origins": ["clients/blog.yaml", "clients/shop.yaml"],
        "reason": "launch",
    }


def test_nothing_to_do_is_said_in_a_line(tenantry: CommandLine, serve: Serve) -> None:
    serve({APPLY: applied(same(), same("blog"))})
    write_files(tenantry, shop=SHOP_FILE, blog=BLOG_FILE)

    assert tenantry("clients", "apply", "clients") == 0
    assert tenantry.out == "nothing to do\n"


def test_a_program_gets_every_key_of_the_contract(tenantry: CommandLine, serve: Serve) -> None:
    serve({APPLY: applied(result(warnings=["w"]), same("blog"))})
    write_files(tenantry, shop=SHOP_FILE, blog=BLOG_FILE)

    document = tenantry.json("clients", "apply", "clients")

    assert list(document) == ["clients"]
    shop, blog = document["clients"]
    assert list(shop)[:5] == ["key", "revision", "changed", "counts", "errors"]
    assert blog == {
        "key": "blog",
        "revision": 3,
        "changed": False,
        "counts": counts(),
        "errors": [],
        "tenant": "acme",
    }
    assert tenantry.err == "warning: shop: w\n"


def test_what_is_meant_is_said(tenantry: CommandLine, serve: Serve) -> None:
    server = serve({APPLY: applied(same())})
    write_files(tenantry, shop=SHOP_FILE)

    tenantry("clients", "apply", "clients", "--force", "--allow-public", "--continue-on-error")

    sent = body(server.seen[0])
    assert sent["force"] is sent["allow_public"] is sent["continue_on_error"] is True


def test_an_item_that_failed_is_told_and_exits_with_1(tenantry: CommandLine, serve: Serve) -> None:
    serve({APPLY: applied(result(errors=[ERROR]))})
    write_files(tenantry, shop=SHOP_FILE)

    assert tenantry("clients", "apply", "clients", "--continue-on-error") == 1
    assert tenantry.out == "shop: revision 4: routes +1\n"
    assert tenantry.err == "error: shop: clients/shop.yaml $.routes[1]: wants a path\n"


def test_many_clients_are_sent_in_batches(tenantry: CommandLine, serve: Serve) -> None:
    server = serve({APPLY: apply_all_but("none", None)})
    keys = [f"c{number:03}" for number in range(120)]
    write_files(tenantry, **{key: f"key: {key}\n" for key in keys})

    document = tenantry.json("clients", "apply", "clients")

    assert [client["key"] for client in document["clients"]] == keys
    assert [len(body(seen)["configs"]) for seen in server.seen] == [50, 50, 20]
    assert body(server.seen[2])["origins"][0] == "clients/c100.yaml"


def test_large_clients_are_sent_in_smaller_batches(tenantry: CommandLine, serve: Serve) -> None:
    server = serve({APPLY: apply_all_but("none", None)})
    large = "x" * 1_500_000
    write_files(tenantry, **{key: f"key: {key}\nname: {large}\n" for key in "abcd"})

    assert tenantry("clients", "apply", "clients") == 0
    assert [len(body(seen)["configs"]) for seen in server.seen] == [2, 2]


def test_a_client_that_is_guarded_stops_no_other(tenantry: CommandLine, serve: Serve) -> None:
    guarded = refusing(409, "guarded", "no", details=GUARDED)
    server = serve({APPLY: apply_all_but("shop", guarded)})
    write_files(tenantry, shop=SHOP_FILE, blog=BLOG_FILE, wiki="key: wiki\n")

    assert tenantry("clients", "apply", "clients") == 1
    assert tenantry.out.splitlines() == [
        "blog: revision 4: routes +1",
        "wiki: revision 4: routes +1",
    ]
    assert tenantry.err.splitlines() == [
        "error: shop: guarded",
        "  shop: would_empty: menus (--force applies it all the same)",
        "  shop: becomes_public: 1 page (--allow-public applies it all the same)",
    ]
    assert [len(body(seen)["configs"]) for seen in server.seen] == [3, 2]

    document = tenantry.json("clients", "apply", "clients")
    (shop,) = [client for client in document["clients"] if client["key"] == "shop"]
    assert shop["changed"] is False
    assert [error["code"] for error in shop["errors"]] == ["would_empty", "becomes_public"]


def test_a_file_that_cannot_be_read_stops_no_other(tenantry: CommandLine, serve: Serve) -> None:
    serve({APPLY: applied(result())})
    write_files(tenantry, shop=SHOP_FILE, blog="- no\n- client\n")

    assert tenantry("clients", "apply", "clients") == 1
    assert tenantry.out == "shop: revision 4: routes +1\n"
    assert "error: clients/blog.yaml" in tenantry.err


def test_what_was_applied_is_told_also_where_the_rest_is_refused(
    tenantry: CommandLine, serve: Serve
) -> None:
    denied = refusing(403, "denied", "clients:write is missing")
    serve({APPLY: apply_all_but("c055", denied)})
    write_files(tenantry, **{f"c{number:03}": f"key: c{number:03}\n" for number in range(60)})

    assert tenantry("clients", "apply", "clients") == 1
    assert len(tenantry.out.splitlines()) == 50
    assert tenantry.err == "error: clients:write is missing\n"
    document = tenantry.json("clients", "apply", "clients")
    assert len(document["clients"]) == 50


def test_a_saved_plan_is_applied_as_it_is(tenantry: CommandLine, serve: Serve) -> None:
    server = serve({APPLY: applied(result())})
    tenantry.write("plan.json", json.dumps(SAVED, indent=2))
    tenantry.write("parts.json", json.dumps([SAVED, SAVED]))

    assert tenantry("clients", "apply", "plan.json", "--allow-public") == 0
    assert tenantry.out == "shop: revision 4: routes +1\n"
    assert body(server.seen[0]) == {"plan": SAVED, "allow_public": True}
    assert tenantry("clients", "apply", "parts.json") == 0
    assert [body(seen) for seen in server.seen[1:]] == [{"plan": SAVED}] * 2


def test_a_stale_plan_says_what_has_changed_meanwhile(tenantry: CommandLine, serve: Serve) -> None:
    serve({APPLY: refusing(409, "stale_plan", "client shop: planned on revision 3", details=STALE)})
    tenantry.write("plan.json", json.dumps(SAVED))

    assert tenantry("clients", "apply", "plan.json") == 1
    assert tenantry.err.splitlines() == [
        "error: client shop: planned on revision 3",
        "  shop: planned at revision 3, which is 4 now, by",
        f"    revision 4 by user:u1 (ui) at {AT}: routes +2 -1",
        "hint: look at it again with `tenantry clients plan`, and apply that",
    ]
    document = tenantry.json("clients", "apply", "plan.json")
    assert document["error"]["code"] == "stale_plan"
    assert document["error"]["details"] == STALE


def test_a_saved_plan_stands_alone(tenantry: CommandLine, serve: Serve) -> None:
    server = serve({})
    tenantry.write("plan.json", json.dumps(SAVED))
    write_files(tenantry, shop=SHOP_FILE)

    assert tenantry("clients", "apply", "plan.json", "clients") == 64
    assert "plan.json is a saved plan" in tenantry.err
    assert tenantry("clients", "apply", "plan.json", "--continue-on-error") == 64
    assert server.seen == []


@pytest.mark.parametrize("content", ["{}", "[]", '{"format":"tenantry-plan/1"', "[1]", "\xff"])
def test_a_file_that_looks_like_a_plan_and_is_none_is_a_client(
    tenantry: CommandLine, serve: Serve, content: str
) -> None:
    server = serve({APPLY: applied()})
    tenantry.write("plan.json", content.encode("latin-1"))

    assert tenantry("clients", "apply", "plan.json") in (0, 1)
    assert not any("plan" in body(seen) for seen in server.seen)


def test_without_anything_to_apply_nothing_is_sent(tenantry: CommandLine, serve: Serve) -> None:
    server = serve({})

    assert tenantry("clients", "apply", "missing.yaml") == 1
    assert "missing.yaml" in tenantry.err
    assert server.seen == []
