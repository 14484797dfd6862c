"""What every method about clients sends, to the byte, and how it reads the answer."""

import json
from typing import Any

import pytest
from msgspec import UNSET

from tenantry.sdk import Invalid, NotFound, Unreachable
from tenantry.sdk.access.acting import Acting
from tenantry.sdk.clients.requests import ClientRequests
from tenantry.sdk.reply import Reply
from tenantry.sdk.request import Request
from tests.support.client_sdk import DRIFT, FINDING, PLAN, PLANS, RESULT, REVISION, SHOP, SUMMARY

requests = ClientRequests(Acting(token=None, tenant="acme"))
CONFIGS = [SHOP]


def answer(data: Any, status: int = 200, **headers: str) -> Reply:
    body = json.dumps({"success": True, "data": data, "meta": {}}).encode()
    return Reply(status, headers, body)


def sent(request: Request[Any]) -> tuple[str, str, Any]:
    if request.body is None:
        return request.method, request.target, None
    assert request.headers == (("Content-Type", "application/json"),)
    return request.method, request.target, json.loads(request.body)


@pytest.mark.parametrize(
    "request_, expected",
    [
        (requests.plan(iter(CONFIGS)), ("POST", "/api/clients/plan", {"configs": CONFIGS})),
        (
            requests.plan(CONFIGS, variables={"A": "b"}, continue_on_error=True),
            (
                "POST",
                "/api/clients/plan",
                {"configs": CONFIGS, "variables": {"A": "b"}, "continue_on_error": True},
            ),
        ),
        (
            requests.plan(CONFIGS, save=True),
            ("POST", "/api/clients/plan", {"configs": CONFIGS, "save": True}),
        ),
        (
            requests.apply(CONFIGS, force=True, allow_public=True, reason="launch"),
            (
                "POST",
                "/api/clients/apply",
                {"configs": CONFIGS, "force": True, "allow_public": True, "reason": "launch"},
            ),
        ),
        (
            requests.apply(plan={"format": "f"}, force=True),
            ("POST", "/api/clients/apply", {"plan": {"format": "f"}, "force": True}),
        ),
        (
            requests.upsert_from_config(SHOP),
            ("POST", "/api/clients/apply", {"configs": CONFIGS, "continue_on_error": True}),
        ),
        (requests.validate(CONFIGS), ("POST", "/api/clients/validate", {"configs": CONFIGS})),
        (requests.lint(CONFIGS), ("POST", "/api/clients/lint", {"configs": CONFIGS})),
        (requests.lint(key="shop"), ("GET", "/api/clients/shop/lint", None)),
        (requests.list(), ("GET", "/api/clients?limit=500", None)),
        (requests.get("shop"), ("GET", "/api/clients/shop", None)),
        (requests.history("shop"), ("GET", "/api/clients/shop/revisions", None)),
        (requests.revision("shop", 3), ("GET", "/api/clients/shop/revisions/3", None)),
        (requests.diff("shop"), ("GET", "/api/clients/shop/diff", None)),
        (
            requests.diff("shop", start=0, end=2),
            ("GET", "/api/clients/shop/diff?from=0&to=2", None),
        ),
        (
            requests.rollback("shop", to=2, reason="broken"),
            ("POST", "/api/clients/shop/rollback", {"to": 2, "reason": "broken"}),
        ),
        (
            requests.plan_rollback("shop", to=2),
            ("POST", "/api/clients/shop/rollback", {"to": 2, "dry_run": True}),
        ),
        (requests.drift("shop"), ("GET", "/api/clients/shop/drift", None)),
        (requests.drift_from(CONFIGS), ("POST", "/api/clients/drift", {"configs": CONFIGS})),
        (
            requests.resolve("shop", how="revert", fields=["name"]),
            (
                "POST",
                "/api/clients/drift/resolve",
                {"key": "shop", "how": "revert", "fields": ["name"]},
            ),
        ),
        (
            requests.resolve("shop", how="adopt", config=SHOP),
            ("POST", "/api/clients/drift/resolve", {"key": "shop", "how": "adopt", "config": SHOP}),
        ),
        (requests.export(), ("POST", "/api/clients/export", {})),
        (requests.export("shop"), ("POST", "/api/clients/export", {"keys": ["shop"]})),
        (requests.import_(CONFIGS), ("POST", "/api/clients/import", {"configs": CONFIGS})),
        (
            requests.app("shop", tenant="acme", as_role="USER", revision=3),
            ("GET", "/api/clients/shop/app?tenant=acme&as_role=USER&revision=3", None),
        ),
    ],
)
def test_a_request_is_sent_as_it_is(request_: Request[Any], expected: tuple[str, str, Any]) -> None:
    assert sent(request_) == expected


def test_a_plan_is_read_with_what_it_takes_to_apply_it() -> None:
    plan = requests.plan(CONFIGS).read_reply(answer(PLANS))

    assert plan.has_changes
    assert plan.saved == {"format": "tenantry-plan/1"}
    (client,) = plan.clients
    assert (client.key, client.revision, client.counts.routes.unchanged) == ("shop", 3, 2)
    assert [change.identity for change in client.routes.changes] == ["home"]
    assert client.guards[0].option == "--force"


def test_a_field_that_was_not_there_is_told_from_one_that_was_null() -> None:
    fields = [{"path": "theme", "after": None}, {"path": "mode", "before": "a"}]

    plan = requests.diff("shop").read_reply(answer({**PLAN, "fields": fields}))

    assert [(field.before, field.after) for field in plan.fields] == [(UNSET, None), ("a", UNSET)]


def test_an_apply_returns_what_became_of_each_client() -> None:
    for request in (requests.apply(CONFIGS), requests.apply(plan={})):
        (result,) = request.read_reply(answer({"clients": [RESULT]}))
        assert (result.key, result.revision, result.changed) == ("shop", 4, True)
        assert (result.counts.routes.added, result.counts.menus.added) == (1, 0)
        assert result.errors[0].error_type == "processing_error"


def test_an_upsert_returns_what_became_of_the_one_client() -> None:
    request = requests.upsert_from_config(SHOP)

    assert request.read_reply(answer({"clients": [RESULT]})).revision == 4
    with pytest.raises(Unreachable, match="0 clients"):
        request.read_reply(answer({"clients": []}))


def test_what_a_server_has_is_read() -> None:
    record = requests.get("shop").read_reply(answer({**SUMMARY, "config": SHOP, "ids": {}}))
    revision = requests.revision("shop", 4).read_reply(answer({**REVISION, "config": SHOP}))
    check = requests.validate(CONFIGS).read_reply(
        answer({"valid": False, "clients": [{"key": "shop", "errors": RESULT["errors"]}]})
    )
    (finding,) = requests.lint(key="shop").read_reply(answer({"findings": [FINDING]}))
    (exported,) = requests.export().read_reply(
        answer({"clients": [{"key": "shop", "config": SHOP}]})
    )
    change = {"path": "$.key", "what": "lower case", "before": "SHOP", "after": "shop"}
    (imported,) = requests.import_(CONFIGS).read_reply(
        answer({"clients": [{"key": "shop", "config": SHOP, "changes": [change]}]})
    )

    assert (record.client_id, record.config) == ("c1", SHOP)
    assert (revision.actor, revision.rolled_back_to, revision.config) == ("user:u1", 0, SHOP)
    assert (check.valid, len(check.clients[0].errors)) == (False, 1)
    assert (finding.code, finding.fix) == ("dead-link", "")
    assert exported.config == SHOP
    assert imported.changes[0].before == "SHOP"


def test_the_history_has_the_newest_first() -> None:
    older = {**REVISION, "revision": 3}

    history = requests.history("shop").read_reply(answer({"revisions": [REVISION, older]}))

    assert [(each.revision, each.config) for each in history] == [(4, None), (3, None)]


def test_drift_is_told_field_by_field() -> None:
    of_key = requests.drift("shop").read_reply(answer(DRIFT))
    (of_file,) = requests.drift_from(CONFIGS).read_reply(answer({"clients": [DRIFT]}))
    same = {**DRIFT, "changes": [{"path": "name", "kind": "same", "base": 1, "live": 2}]}

    assert of_key == of_file
    assert of_key.has_drifted
    (change,) = of_key.changes
    assert (change.owner, change.base, change.live, change.desired) == ("api", 1, 2, UNSET)
    assert not requests.drift("shop").read_reply(answer(same)).has_drifted


def test_drift_is_undone_or_adopted() -> None:
    reverted = requests.resolve("shop", how="revert").read_reply(answer(RESULT))
    adopted = requests.resolve("shop", how="adopt").read_reply(answer({"config": SHOP}))

    assert reverted.result is not None
    assert (reverted.result.revision, reverted.config) == (4, None)
    assert (adopted.result, adopted.config) == (None, SHOP)


def test_an_app_is_asked_for_only_where_it_is_another() -> None:
    request = requests.app("shop", etag='"e1"')

    assert request.headers == (("If-None-Match", '"e1"'),)
    same = request.read_reply(Reply(304, {"etag": '"e1"'}, b""))
    assert (same.etag, same.is_unchanged) == ('"e1"', True)
    other = request.read_reply(answer({"name": "Shop"}, etag='"e2"'))
    assert (other.etag, other.app, other.is_unchanged) == ('"e2"', {"name": "Shop"}, False)
    with pytest.raises(NotFound):
        request.read_reply(Reply(404, {}, b""))


def test_what_contradicts_itself_is_refused_before_it_is_sent() -> None:
    for ask in (
        requests.apply,
        lambda: requests.apply(CONFIGS, plan={}),
        lambda: requests.apply(plan={}, continue_on_error=True),
        lambda: requests.apply(plan={}, variables={}),
        requests.lint,
        lambda: requests.lint(CONFIGS, key="shop"),
        lambda: requests.get(""),
        lambda: requests.get("a/b"),
    ):
        with pytest.raises(Invalid):
            ask()


def test_what_may_be_repeated() -> None:
    repeatable: list[Request[Any]] = [
        requests.plan(CONFIGS),
        requests.validate(CONFIGS),
        requests.lint(CONFIGS),
        requests.lint(key="a"),
        requests.list(),
        requests.get("a"),
        requests.history("a"),
        requests.revision("a", 1),
        requests.diff("a"),
        requests.plan_rollback("a", to=1),
        requests.drift("a"),
        requests.drift_from(CONFIGS),
        requests.export(),
        requests.import_(CONFIGS),
        requests.app("a"),
    ]
    sent_once: list[Request[Any]] = [
        requests.apply(CONFIGS),
        requests.upsert_from_config(SHOP),
        requests.rollback("a", to=1),
        requests.resolve("a", how="revert"),
    ]

    assert all(request.is_repeatable for request in repeatable)
    assert not any(request.is_repeatable for request in sent_once)


@pytest.mark.parametrize("body", [b"", b"[]", b'{"data":null}', b'{"data":{"clients":3}}'])
def test_an_answer_of_something_else_is_unreachable(body: bytes) -> None:
    for request in (requests.apply(CONFIGS), requests.export(), requests.get("shop")):
        with pytest.raises(Unreachable, match="not a Tenantry server's"):
            request.read_reply(Reply(200, {}, body))
