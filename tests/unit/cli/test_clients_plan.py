"""What `clients plan` asks a server, how it shows the answer, and how it exits."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.access_answers import Serve, body
from tests.support.client_answers import (
    BLOG_FILE,
    DIGEST,
    OTHER_DIGEST,
    SHOP_FILE,
    changes,
    field,
    plan,
    plans,
    write_files,
)
from tests.support.command_line import CommandLine
from tests.support.scripted import Exchange, refusing
from tests.support.terminals import TerminalProcess

PLAN = "POST /api/clients/plan"

CHANGED = plan(
    file="clients/shop.yaml",
    fields=[field("name", "Shop", "The Shop"), field("emailApiKey", DIGEST, OTHER_DIGEST)],
    variables=[field("CDN_ROOT", DIGEST)],
    routes=changes(
        {
            "action": "updated",
            "identity": "home",
            "renamed_from": "start",
            "is_moved": True,
            "fields": [field("title", "A", "B"), field("roles", ["USER"], ["ANON", "USER"])],
        },
        {
            "action": "added",
            "identity": "offers",
            "fields": [field("path", "/offers"), field("key", "offers"), field("exact", "yes")],
        },
        {"action": "updated", "identity": "about", "fields": [field("title", "Us", "About")]},
        {"action": "moved", "identity": "login", "is_moved": True},
        {"action": "removed", "identity": "/sale"},
        added=1,
        updated=2,
        moved=1,
        removed=1,
        unchanged=30,
    ),
    users=changes(
        {"action": "added", "identity": "a***@acme.example", "note": "keeps their password"},
        added=1,
    ),
    access={
        "roles": [
            {"role": "USER", "lost": [{"kind": "page", "key": "/sale", "target": "/sale"}]},
            {
                "role": "ANON",
                "gained": [
                    {
                        "kind": "page",
                        "key": "offers",
                        "target": "/offers",
                        "becomes_public": True,
                    },
                    {"kind": "menu", "key": "main", "target": "main > Offers"},
                ],
            },
        ],
        "public": [{"kind": "page", "key": "offers", "target": "/offers", "becomes_public": True}],
    },
    guards=[
        {"code": "becomes_public", "message": "1 page", "option": "--allow-public"},
        {"code": "protected", "message": "/sale is protected", "option": ""},
    ],
    findings=[
        {
            "code": "duplicate-ordinal",
            "severity": "warning",
            "client": "shop",
            "path": "$.menus[0]",
            "message": "two are 1",
        },
        {
            "code": "dead-link",
            "severity": "error",
            "client": "shop",
            "path": "$.menus[1]",
            "message": "no route answers /x",
            "fix": "/y",
        },
    ],
)

SHOWN = """\
shop Shop (tenant acme, revision 3, clients/shop.yaml)
  2 added, 2 updated, 1 moved, 1 removed, 30 unchanged; 3 fields of the client itself
  client
    ~ name: "Shop" -> "The Shop"
    ~ emailApiKey: (secret) -> (secret, changed)
  variables
    + CDN_ROOT: (secret)
  routes
    + offers  path "/offers"  exact "yes"
    ~ home (was start; moved)
        title: "A" -> "B"
        roles: ["USER"] -> ["ANON","USER"]
    ~ about title: "Us" -> "About"
    > login
    - /sale
    30 unchanged
  users
    + a***@acme.example (keeps their password)
  access
    + ANON: page /offers (offers) PUBLIC, needs --allow-public
    + ANON: menu main > Offers
    - USER: page /sale
  guards
    ! becomes_public: 1 page (--allow-public applies it all the same)
    ! protected: /sale is protected (no option applies it)
  findings
    error dead-link $.menus[1]: no route answers /x (fix: /y)
    warning duplicate-ordinal $.menus[0]: two are 1
"""


def test_a_plan_is_shown_with_what_changes_and_no_more(tenantry: CommandLine, serve: Serve) -> None:
    server = serve({PLAN: plans(CHANGED)})
    write_files(tenantry, shop=SHOP_FILE)

    assert tenantry("clients", "plan", "clients") == 2
    assert tenantry.out == SHOWN
    assert tenantry.err == ""

    (seen,) = server.seen
    sent = body(seen)
    assert [config["key"] for config in sent["configs"]] == ["shop"]
    assert sent["origins"] == ["clients/shop.yaml"]
    assert (sent["source"], sent["variables"], "save" in sent) == ("file", {}, False)


def test_nothing_to_do_is_said_in_a_line(tenantry: CommandLine, serve: Serve) -> None:
    finding = CHANGED["findings"][0]
    serve({PLAN: plans(plan(changed=False, findings=[finding]))})
    write_files(tenantry, shop=SHOP_FILE)

    assert tenantry("clients", "plan", "clients") == 0
    assert tenantry.out == "nothing to do\n"


def test_a_client_without_a_change_is_a_line(tenantry: CommandLine, serve: Serve) -> None:
    added = changes({"action": "added", "identity": "a"}, added=1)
    blog = plan("blog", name="", revision=0, routes=added)
    serve({PLAN: plans(plan(changed=False), blog)})
    write_files(tenantry, shop=SHOP_FILE, blog=BLOG_FILE)

    assert tenantry("clients", "plan", "clients") == 2
    assert tenantry.out.splitlines() == [
        "shop Shop (tenant acme, revision 3): no changes",
        "blog (tenant acme, new)",
        "  1 added, 0 updated, 0 moved, 0 removed, 0 unchanged",
        "  routes",
        "    + a",
        "1 of 2 clients would change",
    ]


def test_a_long_plan_says_how_much_is_left(tenantry: CommandLine, serve: Serve) -> None:
    items = [
        {"action": action, "identity": f"{action}{number}"}
        for action in ("removed", "added")
        for number in range(25)
    ]
    gained = [{"kind": "page", "key": f"r{n}", "target": f"/{n}"} for n in range(12)]
    public = [{**page, "key": f"p{n}", "becomes_public": True} for n, page in enumerate(gained)]
    long = plan(
        routes=changes(*items, added=25, removed=25),
        menus=changes(
            {
                "action": "updated",
                "identity": "main",
                "fields": [field(f"f{n}", n, n + 1) for n in range(10)],
            },
            updated=1,
        ),
        access={"roles": [{"role": "ANON", "gained": [*gained, *public]}], "public": public},
    )
    serve({PLAN: plans(long)})
    write_files(tenantry, shop=SHOP_FILE)

    tenantry("clients", "plan", "clients")
    assert "    … and 5 more added (--full shows them)\n" in tenantry.out
    assert "    … and 5 more removed (--full shows them)\n" in tenantry.out
    assert "        … and 2 more fields\n" in tenantry.out
    assert "    + ANON: … and 2 more gained (--full shows them)\n" in tenantry.out
    assert tenantry.out.count("PUBLIC") == 12
    tenantry("clients", "plan", "clients", "--full")
    assert "…" not in tenantry.out
    assert tenantry.out.count("\n    + added") == 25


def test_a_line_is_as_long_as_the_terminal_unless_all_is_wanted(
    tenantry: CommandLine, serve: Serve
) -> None:
    before, after = {"text": "x" * 200 + "old"}, {"text": "x" * 200 + "new"}
    added = {"action": "added", "identity": "a", "fields": [field("title", "t" * 300)] * 4}
    serve({PLAN: plans(plan(fields=[field("theme", before, after)], routes=changes(added)))})
    write_files(tenantry, shop=SHOP_FILE)

    tenantry("clients", "plan", "clients")
    assert max(map(len, tenantry.out.splitlines())) <= 120
    assert '    ~ theme: …xxxxxxxxold"} -> …xxxxxxxxnew"}\n' in tenantry.out
    tenantry("clients", "plan", "clients", "--full")
    assert "t" * 300 in tenantry.out
    assert f'{"x" * 200}old"}} -> ' in tenantry.out


def test_what_moves_the_cursor_is_not_printed(tenantry: CommandLine, serve: Serve) -> None:
    evil = {"action": "removed", "identity": "a\x1b[2Jb\nc"}
    serve({PLAN: plans(plan(name="\x1b[31m", routes=changes(evil)))})
    write_files(tenantry, shop=SHOP_FILE)

    tenantry("clients", "plan", "clients")
    assert "\x1b" not in tenantry.out
    assert "    - a\\x1b[2Jb\\nc\n" in tenantry.out


def test_a_program_gets_the_keys_of_an_apply_and_the_changes(
    tenantry: CommandLine, serve: Serve
) -> None:
    serve({PLAN: plans(CHANGED)})
    write_files(tenantry, shop=SHOP_FILE)

    document = tenantry.json("clients", "plan", "clients")

    assert tenantry.code == 2
    assert document["plan_hash"] == "p"
    (client,) = document["clients"]
    assert list(client)[:5] == ["key", "revision", "changed", "counts", "errors"]
    assert client["errors"] == []
    assert client["routes"] == json.loads(json.dumps(CHANGED["routes"]))
    assert client["access"] == CHANGED["access"]


def test_a_plan_is_saved_for_its_owner_only(tenantry: CommandLine, serve: Serve) -> None:
    saved = {"format": "tenantry-plan/1", "clients": [], "sealed": ["c2VjcmV0"]}
    server = serve({PLAN: plans(CHANGED, saved=saved)})
    write_files(tenantry, shop=SHOP_FILE)

    assert tenantry("clients", "plan", "clients", "--out", "plan.json") == 2
    file = tenantry.cwd / "plan.json"
    assert json.loads(file.read_text()) == saved
    assert file.stat().st_mode & 0o777 == 0o600
    assert "tenantry clients apply plan.json" in tenantry.err
    assert body(server.seen[0])["save"] is True


def test_what_files_name_is_sent_beside_them(tenantry: CommandLine, serve: Serve) -> None:
    server = serve({PLAN: plans(plan(changed=False))})
    write_files(tenantry, shop="key: shop\nsiteUrl: https://${HOST}/${route.id}\n")
    tenantry.environ.update(CLIENT_VARS="HOST,OTHER", HOST="shop.example", OTHER="x")

    assert tenantry("clients", "plan", "clients") == 0
    sent = body(server.seen[0])
    assert sent["variables"] == {"HOST": "shop.example"}
    assert sent["configs"][0]["siteUrl"] == "https://${HOST}/${route.id}"


def test_a_file_that_is_wrong_is_told_and_stops_no_other(
    tenantry: CommandLine, serve: Serve
) -> None:
    server = serve({PLAN: plans(plan(changed=False))})
    write_files(tenantry, shop=SHOP_FILE, blog="key: [", wiki="key: wiki\nsiteUrl: ${NO_HOST}\n")

    assert tenantry("clients", "plan", "clients") == 1
    assert tenantry.out == "shop Shop (tenant acme, revision 3): no changes\n"
    assert "error: clients/blog.yaml:2: " in tenantry.err
    assert "NO_HOST" in tenantry.err
    assert len(body(server.seen[0])["configs"]) == 1
    document = tenantry.json("clients", "plan", "clients")
    assert [client["key"] for client in document["clients"]] == ["shop", "blog", "wiki"]
    assert document["clients"][1]["errors"][0]["error_type"] == "validation_failed"


def test_what_a_server_finds_wrong_is_told_with_file_and_path(
    tenantry: CommandLine, serve: Serve
) -> None:
    error = {
        "error_type": "validation_failed",
        "message": "unknown field, did you mean ordinal?",
        "path": "$.menus[0].orinal",
    }
    details = {"clients": [{"key": "shop", "file": "clients/shop.yaml", "errors": [error]}]}
    refused = refusing(422, "invalid_client", "shop is wrong", details=details)

    def answer(exchange: Exchange) -> None:
        if b'"shop"' in exchange.body:
            refused(exchange)
        else:
            told = plans(plan("blog", changed=False))
            exchange.reply(200, {"success": True, "data": told})

    server = serve({PLAN: answer})
    write_files(tenantry, shop=SHOP_FILE, blog=BLOG_FILE)

    assert tenantry("clients", "plan", "clients") == 1
    assert tenantry.err.splitlines() == [
        "error: shop: invalid_client",
        "  shop: clients/shop.yaml $.menus[0].orinal: unknown field, did you mean ordinal?",
    ]
    assert [len(body(seen)["configs"]) for seen in server.seen] == [2, 1]


@pytest.mark.parametrize("environ", [{}, {"NO_COLOR": "1"}])
def test_colours_are_for_terminals_whose_owner_wants_them(
    tenantry: CommandLine, serve: Serve, environ: dict[str, str]
) -> None:
    server = serve({PLAN: plans(CHANGED)})
    write_files(tenantry, shop=SHOP_FILE)

    command = ["clients", "plan", "clients", "--server", server.address, "--token", "t"]
    with TerminalProcess(Path(tenantry.cwd), *command, **environ) as terminal:
        shown = terminal.read_to_end()
        assert terminal.wait() == 2

    assert ("\x1b[32m" in shown) is (not environ)
    assert ("\x1b[1;31m PUBLIC" in shown) is (not environ)


def test_somebody_without_a_token_is_told_once(tenantry: CommandLine, serve: Serve) -> None:
    serve({PLAN: refusing(401, "unauthenticated", "no token")})
    write_files(tenantry, shop=SHOP_FILE)

    assert tenantry("clients", "plan", "clients") == 1
    assert tenantry.err.startswith("error: no token\nhint: ")


def options(*given: str) -> Any:
    return pytest.param(given, id=" ".join(given))


@pytest.mark.parametrize("arguments", [options(), options("clients", "--full=1")])
def test_a_wrong_command_line_is_told(tenantry: CommandLine, arguments: tuple[str, ...]) -> None:
    assert tenantry("clients", "plan", *arguments) == 64
