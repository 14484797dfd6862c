"""A limited client: refused with the truth about when to come back, and admitted when it does."""

import re
from typing import Any

import httpx
import pytest
from litestar import get

from tenantry.base import Principal
from tenantry.reliability import MemoryAllowance, RateLimiter, SharedRateLimiter
from tenantry.telemetry import Metrics
from tenantry.testing import FakeClock
from tenantry.web import (
    Accounts,
    ActingPrincipal,
    ActingTenant,
    Frame,
    Headers,
    RequestLimit,
    RequestLimiter,
    RequestLimits,
    Tenancy,
    WebApp,
)
from tests.support.nodes import Journal, recorded_journal
from tests.support.web import client_of

KINDS = ["gcra", "fixed-window", "shared"]
ADA = Principal(id="ada", tenant_id="*", permissions=frozenset({"*"}), source="test")
FIELDS = re.compile(r'"(?P<name>[a-z-]+)";r=(?P<remaining>\d+);t=(?P<seconds>\d+)')


class ByName:
    """Whoever shows a name is its bearer."""

    def recognise(self, headers: Headers, client_address: str) -> Principal:
        return Principal(
            id=headers[b"authorization"].decode(),
            tenant_id="*",
            permissions=frozenset({"*"}),
            source=client_address,
        )

    async def authenticate(self, headers: Headers, client_address: str) -> Principal:
        return self.recognise(headers, client_address)


@get("/api/work", sync_to_thread=False)
def work(principal: ActingPrincipal) -> str:
    return principal.id


@get("/api/tenant", sync_to_thread=False)
def acted_on(tenant_id: ActingTenant) -> str:
    return tenant_id


@get("/free", sync_to_thread=False)
def free(principal: ActingPrincipal) -> str:
    return principal.id


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def limiter_of(kind: str, clock: FakeClock, *, limit: int) -> RequestLimiter:
    if kind == "shared":
        return SharedRateLimiter("api", allowance=MemoryAllowance(), limit=limit, clock=clock)
    if kind == "gcra":
        return RateLimiter("api", limit=limit, clock=clock)
    return RateLimiter("api", limit=limit, algorithm="fixed-window", clock=clock)


def limits_of(kind: str, clock: FakeClock, *, limit: int) -> RequestLimits:
    limiter = limiter_of(kind, clock, limit=limit)
    return RequestLimits([RequestLimit(paths=["/api"], limiter=limiter)], clock=clock)


def client(limits: RequestLimits, clock: FakeClock) -> httpx.AsyncClient:
    app = WebApp(
        handlers=[work, acted_on, free],
        authenticator=ByName(),
        clock=clock,
        tenancy=Tenancy(default_tenant="default"),
        limits=limits,
        tags={},
        declarations={},
    )
    frame = Frame(app, accounts=Accounts(metrics=Metrics()), clock=clock)
    return client_of(frame, headers={"Authorization": "ada"})


@pytest.fixture(params=KINDS)
def limits(request: pytest.FixtureRequest, clock: FakeClock) -> RequestLimits:
    return limits_of(request.param, clock, limit=10)


@pytest.fixture
def http(limits: RequestLimits, clock: FakeClock) -> httpx.AsyncClient:
    return client(limits, clock)


async def exhausted(http: httpx.AsyncClient, **options: Any) -> httpx.Response:
    """Ask until there is a refusal, and return it."""
    for _ in range(100):
        answer = await http.get("/api/work", **options)
        if answer.status_code == 429:
            return answer
    raise AssertionError("never refused")


async def test_every_limited_answer_says_what_is_left(http: httpx.AsyncClient) -> None:
    for left in (9, 8, 7):
        answer = await http.get("/api/work")

        assert answer.status_code == 200
        assert answer.headers["ratelimit-policy"] == '"api";q=10;w=60'
        assert answer.headers["x-ratelimit-remaining"] == str(left)
        fields = FIELDS.fullmatch(answer.headers["ratelimit"])
        assert fields is not None
        assert int(fields["remaining"]) == left
        assert 0 < int(fields["seconds"]) <= 60
        assert "retry-after" not in answer.headers


async def test_the_eleventh_request_of_a_minute_is_refused(http: httpx.AsyncClient) -> None:
    statuses = [(await http.get("/api/work")).status_code for _ in range(11)]

    assert statuses == [200] * 10 + [429]


async def test_a_refusal_is_an_envelope_with_the_time_to_come_again(
    http: httpx.AsyncClient, clock: FakeClock
) -> None:
    refused = await exhausted(http)

    error = refused.json()["error"]
    assert error["code"] == "rate_limited"
    assert error["details"]["limiter"] == "api"
    assert error["details"]["resetTime"] == int(refused.headers["x-ratelimit-reset"])
    assert error["details"]["resetTime"] > clock.now_us() // 1000
    assert refused.headers["x-ratelimit-remaining"] == "0"
    assert int(refused.headers["retry-after"]) >= 1


async def test_a_refusal_as_a_problem_has_the_registered_type(http: httpx.AsyncClient) -> None:
    refused = await exhausted(http, headers={"Accept": "application/problem+json"})

    assert (
        refused.json()["type"] == "https://iana.org/assignments/http-problem-types#quota-exceeded"
    )


@pytest.mark.parametrize("field", ["retry-after", "ratelimit", "x-ratelimit-reset", "resetTime"])
async def test_who_obeys_any_of_the_fields_is_admitted(
    http: httpx.AsyncClient, clock: FakeClock, field: str
) -> None:
    refused = await exhausted(http)

    clock.advance(_wait_seconds(refused, field, clock))

    assert (await http.get("/api/work")).status_code == 200


async def test_who_comes_a_second_sooner_is_not(http: httpx.AsyncClient, clock: FakeClock) -> None:
    refused = await exhausted(http)
    wait = _wait_seconds(refused, "x-ratelimit-reset", clock)

    if wait > 1:
        clock.advance(wait - 1)
        assert (await http.get("/api/work")).status_code == 429


def _wait_seconds(refused: httpx.Response, field: str, clock: FakeClock) -> float:
    if field == "retry-after":
        return float(refused.headers["retry-after"])
    if field == "ratelimit":
        fields = FIELDS.fullmatch(refused.headers["ratelimit"])
        assert fields is not None
        return float(fields["seconds"])
    at_ms = refused.headers.get(field) or refused.json()["error"]["details"]["resetTime"]
    return int(at_ms) / 1e3 - clock.now_us() / 1e6


@pytest.mark.parametrize("kind", KINDS)
async def test_who_is_admitted_at_once_counts_as_anybody_else(kind: str, clock: FakeClock) -> None:
    limits = limits_of(kind, clock, limit=100)
    http = client(limits, clock)
    at_once_count = 0

    async def is_admitted(number: int) -> bool:
        nonlocal at_once_count
        if number % 3 and limits.try_admit("/api/work", ADA, "default") is not None:
            at_once_count += 1
            return True
        return (await http.get("/api/work")).status_code == 200

    admitted = [await is_admitted(number) for number in range(150)]

    assert admitted == [True] * 100 + [False] * 50
    assert at_once_count >= 50


@pytest.mark.parametrize("kind", KINDS)
async def test_an_admission_at_once_has_the_headers_of_any_other(
    kind: str, clock: FakeClock
) -> None:
    limits, other_limits = (limits_of(kind, clock, limit=100) for _ in range(2))
    http, other_http = client(limits, clock), client(other_limits, clock)
    # Nodes that share a limit hold nothing before the first request.
    await http.get("/api/work")
    await other_http.get("/api/work")

    for _ in range(5):
        clock.advance(0.7)
        headers = limits.try_admit("/api/work", ADA, "default")
        answer = await other_http.get("/api/work")

        assert headers is not None
        assert headers == [field for field in answer.headers.raw if b"ratelimit" in field[0]]


async def test_who_cannot_be_admitted_at_once_is_not_counted(
    limits: RequestLimits, http: httpx.AsyncClient
) -> None:
    await exhausted(http)
    before = limits.standings(ADA, "default")

    with recorded_journal() as journal:
        assert [limits.try_admit("/api/work", ADA, "default") for _ in range(20)] == [None] * 20

        assert journal.lines == []
    assert limits.standings(ADA, "default") == before


async def test_where_no_limit_is_everybody_is_admitted_at_once(limits: RequestLimits) -> None:
    answers = [limits.try_admit("/free", ADA, "default") for _ in range(20)]

    assert answers == [[]] * 20


async def test_each_principal_has_its_own(http: httpx.AsyncClient) -> None:
    await exhausted(http)

    answer = await http.get("/api/work", headers={"Authorization": "grace"})

    assert answer.status_code == 200
    assert answer.headers["x-ratelimit-remaining"] == "9"


async def test_a_route_without_a_limit_says_nothing_of_one(http: httpx.AsyncClient) -> None:
    await exhausted(http)

    answer = await http.get("/free")

    assert answer.status_code == 200
    assert not [name for name in answer.headers if "ratelimit" in name]


async def test_a_refusal_is_a_line_with_limiter_principal_and_address(
    http: httpx.AsyncClient,
) -> None:
    with recorded_journal() as journal:
        await exhausted(http)

        (line,) = _lines(journal, "Rate limit exceeded")
    assert line["level"] == "warning"
    assert (line["limiter"], line["principal"]) == ("api", "ada")
    assert line["address"] == "127.0.0.1"


def _lines(journal: Journal, event: str) -> list[dict[str, Any]]:
    return [line for line in journal.lines if line["event"] == event]


def test_the_limits_about_a_path_are_those_of_it_and_of_what_is_below(clock: FakeClock) -> None:
    limits = RequestLimits(
        [
            RequestLimit(paths=paths, limiter=RateLimiter(name, limit=5, clock=clock))
            for name, paths in {
                "all": ["/api"],
                "one-job": ["/other", "/api/jobs/one"],
                "jobshop": ["/api/jobshop"],
                "free": ["/free"],
            }.items()
        ],
        clock=clock,
    )

    def names(*paths: str) -> list[str]:
        found = limits.about(*paths)
        return [each.limiter for each in found.standings(ADA, "default")] if found else []

    assert names("/api/jobs") == ["all", "one-job"]
    assert names("/free", "/nothing") == ["free"]
    assert names("/nothing") == []


async def test_a_tenant_may_have_a_limit_of_its_own(clock: FakeClock) -> None:
    limits = RequestLimits(
        [
            RequestLimit(
                paths=["/api"],
                limiter=RateLimiter("api", limit=2, clock=clock),
                of_tenants={"acme": RateLimiter("api-acme", limit=5, clock=clock)},
            )
        ],
        clock=clock,
    )
    http = client(limits, clock)

    async def admitted(tenant: str) -> int:
        answers = [await http.get("/api/work", headers={"X-Tenant-ID": tenant}) for _ in range(9)]
        return sum(answer.status_code == 200 for answer in answers)

    assert await admitted("acme") == 5
    assert await admitted("northwind") == 2


async def test_of_two_tenants_that_are_named_the_one_is_counted_that_is_acted_on(
    clock: FakeClock,
) -> None:
    limit = RequestLimit(
        paths=["/api"],
        limiter=RateLimiter("api", limit=2, clock=clock),
        of_tenants={"acme": RateLimiter("api-acme", limit=5, clock=clock)},
    )
    http = client(RequestLimits([limit], clock=clock), clock)

    named = [("X-Tenant-ID", "northwind"), ("X-Tenant-ID", "acme")]
    answer = await http.get("/api/tenant", headers=named)

    assert answer.text == "acme"
    assert answer.headers["ratelimit-policy"].startswith('"api-acme"')


async def test_a_tenant_named_wrongly_has_no_limit_of_its_own(clock: FakeClock) -> None:
    limiter = RateLimiter("api", limit=1, clock=clock)
    http = client(
        RequestLimits([RequestLimit(paths=["/api"], limiter=limiter)], clock=clock), clock
    )

    answers = [await http.get("/api/work", headers={"X-Tenant-ID": "No Such"}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 429]
