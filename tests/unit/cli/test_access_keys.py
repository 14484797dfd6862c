"""What commands about API keys and the audit ask a server, and what they print."""

from tests.support.access_answers import ENTRY, KEY, NOW, WHOLE_KEY, Serve, body, page, rows
from tests.support.command_line import CommandLine


def test_a_key_is_printed_alone_on_its_line(tenantry: CommandLine, serve: Serve) -> None:
    server = serve(
        {
            "POST /api/tenants/acme/keys": {**KEY, "key": WHOLE_KEY},
            "POST /api/tenants/%2A/keys": {**KEY, "key": WHOLE_KEY},
        }
    )
    command = ["keys", "create", "ci", "--role", "editor", "--tenant", "acme"]

    assert tenantry(*command, "--expires-in-days", "7") == 0
    assert tenantry.out == f"{WHOLE_KEY}\n"
    assert "only this once" in tenantry.err
    assert WHOLE_KEY not in tenantry.err
    assert tenantry.json(*command) == {**KEY, "key": WHOLE_KEY}
    assert tenantry("keys", "create", "ops", "--root") == 0

    assert [body(seen) for seen in server.seen] == [
        {"name": "ci", "role": "editor", "expires_in_days": 7},
        {"name": "ci", "role": "editor"},
        {"name": "ops", "role": "root"},
    ]


def test_keys_are_listed_and_revoked(tenantry: CommandLine, serve: Serve) -> None:
    path = f"/api/tenants/acme/keys/{KEY['id']}"
    server = serve(
        {
            "GET /api/tenants/acme/keys?limit=500": page(KEY, {**KEY, "expires_at": NOW}),
            f"DELETE {path}": None,
        }
    )
    revoke = ["keys", "revoke", "--tenant", "acme"]

    assert tenantry("keys", "list", "--tenant", "acme") == 0
    assert [row[-2:] for row in rows(tenantry)] == [["never", "never"], [NOW, "never"]]
    assert tenantry(*revoke, str(KEY["id"])) == 0
    assert tenantry.out == f"{KEY['id']} is revoked\n"
    assert tenantry.json(*revoke, WHOLE_KEY) == {"id": KEY["id"], "revoked": True}
    assert {seen.target for seen in server.seen[1:]} == {path}


def test_the_group_of_keys_has_what_both_features_put_there(tenantry: CommandLine) -> None:
    assert tenantry("keys", "--help") == 0
    for name in ("create", "list", "revoke", "status", "rotate-master"):
        assert f"\n  {name} " in tenantry.out


def test_the_audit_is_asked_as_one_wants_it(tenantry: CommandLine, serve: Serve) -> None:
    asked = (
        "GET /api/audit?tenant=acme&actor=key%3A1&to=2026-07-21T00%3A00%3A00%2B02%3A00"
        "&action=tenants.key_&from=2026-07-20T00%3A00%3A00Z&limit=500"
    )
    serve({asked: page(ENTRY), "GET /api/audit?limit=500": page(ENTRY, ENTRY)})
    options = ["--from", "2026-07-20T00:00:00Z", "--to", "2026-07-21T00:00:00+02:00"]
    options += ["--actor", "key:1", "--action", "tenants.key_"]

    assert tenantry("audit", *options, "--tenant", "acme") == 0
    assert rows(tenantry) == [[NOW, "root", "tenants.key_created", f"key-{KEY['id']}", "cli"]]
    assert tenantry("audit", "--all-tenants") == 0
    assert {row[-1] for row in rows(tenantry)} == {"acme"}
    assert tenantry.json("audit", "--all-tenants")["items"] == [ENTRY, ENTRY]
    assert tenantry("audit", "--all-tenants", "--tenant", "acme") == 64

    serve({"GET /api/audit?newest_first=true&limit=1": page(ENTRY, cursor="7")})
    assert tenantry("audit", "--all-tenants", "--newest-first", "--limit", "1") == 0
    assert "--to with the last time shown goes on" in tenantry.err


def test_an_audit_that_is_cut_off_says_so(tenantry: CommandLine, serve: Serve) -> None:
    asked = "GET /api/audit?tenant=acme&limit="
    serve(
        {
            f"{asked}500": page(*[ENTRY] * 500, cursor="x"),
            f"{asked}2&cursor=x": page(ENTRY, ENTRY, cursor="y"),
        }
    )

    document = tenantry.json("audit", "--tenant", "acme", "--limit", "502")
    assert (len(document["items"]), document["next_cursor"]) == (502, "y")
    assert "there is more" in tenantry.err
