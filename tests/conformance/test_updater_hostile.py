"""Whatever is sent to updaters is answered: done, or refused with the name of what is wrong."""

import itertools
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.support.updater_app import ROOT, Lived, living
from tests.support.web import client_of

BASE = "/api/database-updater"
DEEP = "[" * 5_000 + "]" * 5_000
ODD: list[Any] = [
    None, True, 7, -1, 1.5, 1e300, 2**63, 10**400, "", "text", "\0", "\u202e", "é" * 9,
    "x" * 20_000,
    [], [[]], {}, {"a": 1}, [1] * 1_000, {"": {"": {"": []}}},
]  # fmt: skip
BODIES = [b"", b"null", b"{", b"\xff\xfe", b'"\\ud800"', b'{"a": NaN}', DEEP.encode()]
NAMES = ("", "\0", "../..", "é", "x" * 5_000, "cust-1' OR 1=1", "all ", "ALL", "%00", "a/b", "\n")
POSTS = (
    "start", "stop", "explain", "execute/service_tickets", "dry-run/newLeads", "undo/all",
    "backfill",
)  # fmt: skip
READS = (
    "status", "config", "preview", "backfill", "logs", "metrics", "health", "runs", "firings",
    "tables/customers/rows", "check", "fidelity", "fidelity.svg",
)  # fmt: skip
FIELDS = (
    "dryRun", "logLevel", "token", "config", "days", "expression", "timezone", "after", "count",
    "updater", "intent", "nonsense",
)  # fmt: skip
PARTS = (
    "scheduleConfig", "executionConfig", "timezoneConfig", "dataGenerationConfig",
    "scheduleConfig.newLeads", "scheduleConfig.newLeads.cron", "scheduleConfig.newLeads.timezone",
    "scheduleConfig.newLeads.intent", "scheduleConfig.newLeads.jitterSeconds",
    "scheduleConfig.newLeads.misfire", "executionConfig.enabledUpdaters",
    "executionConfig.enabledUpdaters.newLeads", "executionConfig.executionTimeoutMinutes",
    "executionConfig.minIntervalSeconds", "executionConfig.rowsPerDay", "timezoneConfig.timezone",
    "timezoneConfig.businessDays", "timezoneConfig.businessHoursEnd", "dataGenerationConfig.seed",
    "dataGenerationConfig.leads.revenueRange", "dataGenerationConfig.leads.scoreRange.min",
    "dataGenerationConfig.tickets.typesDistribution.paper_jam",
    "dataGenerationConfig.activities.maxDurationMinutes",
)  # fmt: skip


@pytest.fixture
async def lived(database_url: str, tmp_path: Path) -> AsyncIterator[Lived]:
    async with living(database_url, tmp_path, DEV="true") as lived:
        await lived.backfill(4)
        yield lived


@pytest.fixture
async def http(lived: Lived) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(lived.app.asgi, headers={"X-Tenant-ID": lived.tenant}) as http:
        yield http


async def ask(http: httpx.AsyncClient, method: str, path: str, **options: Any) -> Any:
    """Send a request, and return the error it is refused with; None where it is none."""
    answer = await http.request(method, path, **options)
    what = (method, path[:200], str(options)[:300], answer.text[:300])
    assert answer.status_code < 500, what
    if answer.is_success:
        return None
    if answer.status_code in (404, 405) and not answer.content:
        return None  # what is no path of ours is the framework's to refuse
    assert answer.headers["Content-Type"].startswith("application/json"), what
    error = answer.json()["error"]
    assert error["message"], what
    return error


async def test_no_body_makes_it_fail(http: httpx.AsyncClient) -> None:
    bodies = [*BODIES, *(json.dumps(each).encode() for each in ODD)]
    bodies += [json.dumps({n: each}).encode() for n, each in itertools.product(FIELDS, ODD)]
    given = {"Content-Type": "application/json"}
    for path, body in itertools.product(POSTS, bodies):
        await ask(http, "POST", f"{BASE}/{path}", content=body, headers=given)
    for body in bodies:
        await ask(http, "PUT", f"{BASE}/config", content=body, headers=given)
        await ask(
            http, "PATCH", f"{BASE}/tables/customers/rows/cust-1", content=body, headers=given
        )


@pytest.mark.parametrize("kind", ["", "text/plain", "application/xml", "x", "a/json;;=", "\0"])
async def test_no_media_type_makes_it_fail(http: httpx.AsyncClient, kind: str) -> None:
    for path, body in itertools.product(POSTS, (b"", b"{}", b'{"days": 1}', b"\xff")):
        await ask(http, "POST", f"{BASE}/{path}", content=body, headers={"Content-Type": kind})
    for method, path in (("PUT", "config"), ("PATCH", "tables/customers/rows/cust-1")):
        await ask(http, method, f"{BASE}/{path}", content=b"{}", headers={"Content-Type": kind})


async def test_no_name_makes_it_fail(http: httpx.AsyncClient) -> None:
    for name in (*(quote(name, safe="") for name in NAMES), "%ff%fe", "%ed%a0%80"):
        for method, path in (
            ("POST", f"execute/{name}"),
            ("POST", f"dry-run/{name}"),
            ("POST", f"undo/{name}"),
            ("GET", f"runs/{name}"),
            ("GET", f"tables/{name}/rows"),
            ("GET", f"tables/{name}/rows/{name}"),
            ("GET", f"tables/customers/rows/{name}"),
        ):
            await ask(http, method, f"{BASE}/{path}")
        await ask(http, "PATCH", f"{BASE}/tables/customers/rows/{name}", json={"name": "Acme"})


async def test_no_question_makes_it_fail(lived: Lived, http: httpx.AsyncClient) -> None:
    first = (await http.get(f"{BASE}/firings", params={"limit": 1})).json()["meta"]["next_cursor"]
    others = ("cust-1", "17", first, "17:é", "17:\0", "-1:x", f"{10**17}:x", "9" * 18, "9" * 19)
    for path, name, value in itertools.product(
        READS,
        ("count", "limit", "cursor"),
        (*others, *NAMES, "0", "-1", "1.0", "1e3", "٣", "1001", "1" * 400),
    ):
        error = await ask(http, "GET", f"{BASE}/{path}", params={name: value})
        assert error is None or error["details"] is None or error["details"].get("field") == name
    for path in READS:
        await ask(http, "GET", f"{BASE}/{path}?count=1&count=2&limit=%ff&cursor=%00&cursor=")
    assert lived.tenant


@pytest.mark.parametrize("part", PARTS)
async def test_no_part_of_a_configuration_makes_it_fail(
    http: httpx.AsyncClient, lived: Lived, part: str
) -> None:
    for odd in ODD:
        change: Any = odd
        for name in reversed(part.split(".")):
            change = {name: change}
        await ask(http, "PUT", f"{BASE}/config", content=json.dumps({"config": change}))
        for path in ("status", "config", "preview", "health", "metrics"):
            await ask(http, "GET", f"{BASE}/{path}")
        # Whatever of it counts now can be lived by.
        lived.clock.advance(60)
        await lived.step()


@pytest.mark.parametrize("field", ["expression", "timezone", "after", "count", "updater", "intent"])
async def test_what_cannot_be_explained_is_named(http: httpx.AsyncClient, field: str) -> None:
    good = {"expression": "0 0 * * * *", "timezone": "Europe/Berlin"}
    for odd in ODD:
        asked = json.dumps(good | {field: odd})
        error = await ask(http, "POST", f"{BASE}/explain", content=asked)
        if error is not None:
            assert field in str(error), error


async def test_what_is_no_column_is_named(http: httpx.AsyncClient, lived: Lived) -> None:
    rows = await lived.rows()
    for table, found in rows.items():
        for column in (*found[0], "tenant_id", "nonsense"):
            for odd in ODD:
                path = f"{BASE}/tables/{table}/rows/{found[0]['id']}"
                error = await ask(http, "PATCH", path, content=json.dumps({column: odd}))
                assert error is None or column in str(error), (column, error)
    assert (await lived.parts.tables.check(ROOT, lived.tenant)).edited
    await lived.start()
    lived.clock.advance(86_400)
    await lived.step()
    assert {run.status for run in await lived.runs()} == {"done"}
