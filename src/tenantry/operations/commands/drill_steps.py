"""The steps of a drill: each breaks one thing, and sees whether that is noticed and mended."""

import secrets
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import msgspec

from tenantry.operations.commands.drill_site import Site, code_of, retry_after
from tenantry.operations.model import (
    DRILL_FAILURES,
    DRILL_LIMIT,
    STEPS,
    Mechanism,
)
from tenantry.settings import SettingsError, load_settings
from tenantry.terminal import Refused

AVERAGE_SECONDS: Final = 1.0
LONGEST_SECONDS: Final = 2.0
"""What ten reads of the database may take on average, and the slowest of them."""

_READS: Final = 10
_PROBES: Final = 200
_CALLERS: Final = 10
_SLOW_SECONDS: Final = 1.1


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What a step saw: whether the failure was noticed, got over, and left nothing behind."""

    is_detected: bool
    is_survived: bool
    is_recovered: bool
    evidence: str


class StepResult(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a drill, done."""

    name: str
    title: str
    is_passed: bool
    is_detected: bool
    is_survived: bool
    is_recovered: bool
    evidence: str
    seconds: float


Step = Callable[[Site, Mechanism | None], Seen]


def run_steps(
    site: Site, names: Iterable[str], *, sabotaged: Mechanism | None
) -> Iterator[StepResult]:
    """Run these steps in turn; one that breaks off has failed, and the next is run all the same."""
    for name in names:
        title, step = _STEPS[name]
        began_at = time.monotonic()
        try:
            seen = step(site, sabotaged)
        except Exception as error:  # noqa: BLE001 - whatever keeps a step from its end is what it has seen
            evidence = f"{type(error).__name__}: {error}"
            seen = Seen(is_detected=False, is_survived=False, is_recovered=False, evidence=evidence)
        yield StepResult(
            name=name,
            title=title,
            is_passed=seen.is_detected and seen.is_survived and seen.is_recovered,
            seconds=round(time.monotonic() - began_at, 3),
            **msgspec.structs.asdict(seen),
        )


def _settings(site: Site, sabotaged: Mechanism | None) -> Seen:
    wrong = {"API_PORT": "four", "DB_QUERY_TIMEOUT_MS": "soon"}
    named = _wrong_settings({} if sabotaged == "settings" else wrong)
    name = f"/config/drill-{secrets.token_hex(8)}"
    refused = site.put(name, b'{"value": ')

    return Seen(
        is_detected=named == set(wrong) and refused.status == HTTPStatus.BAD_REQUEST,
        is_survived=site.is_alive(),
        is_recovered=not _wrong_settings({}) and site.get(name).status == HTTPStatus.NOT_FOUND,
        evidence=f"{len(named)} of {len(wrong)} wrong variables named at once; "
        f"a setting of half a JSON: {refused.status}, and nothing stored",
    )


def _database(site: Site, _: Mechanism | None) -> Seen:
    once = site.ask("read", lost_calls=1)
    thrice = site.ask("read", lost_calls=3)
    after = site.ask("read")

    return Seen(
        is_detected=once["attempt_count"] == 2 and thrice["error"] == "database_unavailable",  # noqa: PLR2004 - one lost, one more
        is_survived=once["error"] is None and site.is_alive(),
        is_recovered=after["error"] is None and after["attempt_count"] == 1,
        evidence=f"a lost connection: {_told(once)}; three in a row: {_told(thrice)}; "
        f"after that: {_told(after)}",
    )


def _statement(site: Site, _: Mechanism | None) -> Seen:
    wrong = site.ask("read", is_statement_wrong=True)
    after = site.ask("read")

    return Seen(
        is_detected=wrong["error"] not in (None, "database_unavailable"),
        # What is wrong once is wrong twice, and says nothing of the database.
        is_survived=wrong["attempt_count"] == 1 and site.breaker("query")["state"] == "closed",
        is_recovered=after["error"] is None,
        evidence=f"a wrong statement: {_told(wrong)}, and the breaker stays closed",
    )


def _latency(site: Site, _: Mechanism | None) -> Seen:
    before = site.figures()
    slow = site.ask("read", delay_seconds=_SLOW_SECONDS)
    after = site.figures()
    fast = site.ask("read")

    newest = after["recentSlow"][-1:] or [{"unit": "none"}]
    return Seen(
        is_detected=after["slowQueries"] > before["slowQueries"]
        and any(query["unit"] == "drill_read" for query in after["recentSlow"]),
        is_survived=slow["error"] is None,
        is_recovered=fast["seconds"] < _SLOW_SECONDS,
        evidence=f"a read of {slow['seconds']:.1f} s: {after['slowQueries']} slow, "
        f"the last is {newest[0]['unit']}; the next read: {fast['seconds'] * 1000:.0f} ms",
    )


def _worker(site: Site, _: Mechanism | None) -> Seen:
    try:
        name, crashes = _named(site.post("worker"))
    except Refused as refused:
        if refused.code != "no_worker":
            raise
        return Seen(
            is_detected=True, is_survived=True, is_recovered=True, evidence="no worker works here"
        )

    site.post("worker", kill=True)
    began_at = time.monotonic()
    is_detected = site.until(lambda: _named(site.post("worker"))[1] > crashes, seconds=3.0)
    is_alive = site.is_alive()
    is_recovered = is_detected and site.until(lambda: bool(site.ask("worker")["is_at_work"]))
    seconds = time.monotonic() - began_at
    return Seen(
        is_detected=is_detected,
        is_survived=is_alive,
        is_recovered=is_recovered,
        evidence=f"{name} killed, back at work after {seconds:.1f} s"
        if is_recovered
        else f"{name} killed, and not seen to start again",
    )


def _limiter(site: Site, _: Mechanism | None) -> Seen:
    answers = [site.post("limited") for _ in range(DRILL_LIMIT + 3)]
    admitted = sum(answer.status == HTTPStatus.OK for answer in answers)
    refused = [answer for answer in answers if answer.status == HTTPStatus.TOO_MANY_REQUESTS]

    is_told = all(retry_after(answer) >= 1 and "ratelimit" in answer.headers for answer in refused)
    is_alive = site.is_alive()
    wait = retry_after(refused[-1]) if refused else 0.0
    site.sleep(wait)
    again = site.post("limited")
    return Seen(
        is_detected=admitted == DRILL_LIMIT and bool(refused) and is_told,
        is_survived=is_alive,
        is_recovered=again.status == HTTPStatus.OK,
        evidence=f"{admitted} of {len(answers)} admitted, {len(refused)} refused with 429; "
        f"{wait:.0f} s later, as told: {again.status}",
    )


def _breaker(site: Site, _: Mechanism | None) -> Seen:
    failed = [code_of(site.post("call", is_failing=True)) for _ in range(DRILL_FAILURES)]
    refused = site.post("call")
    state = site.breaker("drill")["state"]
    is_alive = site.is_alive()

    site.sleep(max(1.0, retry_after(refused)))
    tried = [code_of(answer) for answer in site.together(_CALLERS, "call", seconds=0.5)]
    after = site.breaker("drill")["state"]
    return Seen(
        is_detected=set(failed) == {"drill_failure"}
        and code_of(refused) == "breaker_open"
        and state == "open",
        is_survived=is_alive,
        is_recovered=tried.count("") == 1
        and after == "closed"
        and code_of(site.post("call")) == "",
        evidence=f"{state} after {len(failed)} failures; of {_CALLERS} who waited "
        f"{tried.count('')} let through; then {after}",
    )


def _health(site: Site, _: Mechanism | None) -> Seen:
    site.post("health", status="degraded")
    degraded, status = _health_of(site)
    is_ready = site.get("/readyz").status == HTTPStatus.OK
    site.post("health", status="healthy")
    healthy = _health_of(site)[0]

    return Seen(
        is_detected=degraded == "degraded",
        is_survived=status == HTTPStatus.OK and is_ready,
        is_recovered=healthy == "healthy",
        evidence=f"GET /health told of the service: {degraded}, with {status}; then {healthy}",
    )


def _benchmark(site: Site, _: Mechanism | None) -> Seen:
    reads = [float(site.ask("read")["seconds"]) for _ in range(_READS)]
    probes = sorted(_timed(lambda: site.get("/livez")) for _ in range(_PROBES))
    average, longest = sum(reads) / len(reads), max(reads)
    return Seen(
        is_detected=True,
        is_survived=average < AVERAGE_SECONDS and longest < LONGEST_SECONDS,
        is_recovered=True,
        evidence=f"{_READS} reads: {average * 1000:.1f} ms on average, {longest * 1000:.1f} ms at "
        f"most; {_PROBES} requests: half within {probes[_PROBES // 2] * 1000:.1f} ms, 99 % within "
        f"{probes[_PROBES * 99 // 100] * 1000:.1f} ms",
    )


_STEPS: Final[Mapping[str, tuple[str, Step]]] = {
    "settings": ("Error scenario handling", _settings),
    "database": ("Error scenario handling", _database),
    "statement": ("Error scenario handling", _statement),
    "latency": ("Error scenario handling", _latency),
    "worker": ("Error scenario handling", _worker),
    "limiter": ("Rate limiting", _limiter),
    "breaker": ("Circuit breaker behavior", _breaker),
    "health": ("Health monitoring", _health),
    "benchmark": ("Performance benchmarks", _benchmark),
}
assert tuple(_STEPS) == STEPS  # noqa: S101 - what a command line offers is there


def _wrong_settings(environ: Mapping[str, str]) -> set[str]:
    with tempfile.TemporaryDirectory() as folder:
        try:
            load_settings(environ, cwd=Path(folder), is_terminal=False)
        except SettingsError as error:
            return {problem.variable for problem in error.problems}
    return set()


def _health_of(site: Site) -> tuple[str, int]:
    answer = site.get("/health")
    services = answer.decode(dict[str, Any])["data"]["services"]
    found = [service["status"] for service in services if service["service"] == "drill"]
    return (found or ["nothing"])[0], answer.status


def _named(answer: Any) -> tuple[str, int]:
    evidence = answer.data(dict[str, Any])
    return str(evidence["name"]), int(evidence["crash_count"])


def _told(read: Mapping[str, Any]) -> str:
    attempts = read["attempt_count"]
    tries = "1 attempt" if attempts == 1 else f"{attempts} attempts"
    return f"{read['error'] or 'an answer'} after {tries}"


def _timed(call: Callable[[], object]) -> float:
    began_at = time.perf_counter()
    call()
    return time.perf_counter() - began_at
