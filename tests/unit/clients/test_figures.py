"""The twelve metrics of clients: names, types, counts, and labels that stay few and name nobody."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tenantry.clients.model import ItemError
from tenantry.clients.service.narration import ClientNarration
from tenantry.telemetry import Metrics, observe_spans
from tenantry.telemetry.client_metrics import CLIENTS
from tenantry.telemetry.spans import handler_failure_count
from tenantry.testing import FakeClock
from tests.support.narrated import EMAIL, MASKED, plan_of, result_of, tell_of_everything

TWELVE = {
    "client_config_upsert_total": "counter",
    "client_config_upsert_duration_seconds": "histogram",
    "client_config_upsert_errors_total": "counter",
    "client_route_sync_total": "counter",
    "client_route_sync_duration_seconds": "histogram",
    "client_route_sync_errors_total": "counter",
    "client_menu_sync_total": "counter",
    "client_menu_sync_errors_total": "counter",
    "client_component_install_total": "counter",
    "client_component_install_duration_seconds": "histogram",
    "client_user_creation_total": "counter",
    "client_user_creation_errors_total": "counter",
}
WHOSE = {"tenant": "acme", "clientKey": "my-client"}


@pytest.fixture
def metrics() -> Iterator[Metrics]:
    metrics = Metrics(dropped_lines=lambda: 0)
    failures = handler_failure_count()
    unobserve = observe_spans(metrics)
    yield metrics
    unobserve()
    assert handler_failure_count() == failures


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def narration(clock: FakeClock) -> ClientNarration:
    return ClientNarration(clock)


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, WHOSE | labels)


def page(metrics: Metrics) -> list[str]:
    return [line for line in metrics.render().decode().splitlines() if line.startswith("client_")]


def keys_in(metrics: Metrics) -> set[str]:
    pairs = r'clientKey="([^"]*)".*tenant="([^"]*)"|tenant="([^"]*)".*clientKey="([^"]*)"'
    return {str(re.findall(pairs, line)) for line in page(metrics)}


def test_the_twelve_have_their_names_and_types() -> None:
    types = dict(
        line.split()[2:4]
        for line in Metrics().render().decode().splitlines()
        if line.startswith("# TYPE client_")
    )

    assert types == TWELVE


def test_counts_are_values_and_not_labels(narration: ClientNarration, metrics: Metrics) -> None:
    for _ in range(2):
        with narration.upsert("my-client", "My Client", "acme", "update") as told:
            told.plan(plan_of())
            told.applied(result_of())

    routes = {
        operation: value(metrics, "client_route_sync_total", operation=operation, hasErrors="false")
        for operation in ("added", "updated", "removed", "unchanged")
    }
    assert routes == {"added": 6, "updated": 10, "removed": 2, "unchanged": 40}
    menus = {"operation": "unchanged", "hasErrors": "false"}
    assert value(metrics, "client_menu_sync_total", **menus) == 4
    assert value(metrics, "client_component_install_total", operation="added") == 4
    assert value(metrics, "client_component_install_total", operation="updated") == 2
    assert value(metrics, "client_user_creation_total") == 2


def test_durations_are_seconds(
    narration: ClientNarration, clock: FakeClock, metrics: Metrics
) -> None:
    with narration.upsert("my-client", "My Client", "acme", "update") as told:
        told.plan(plan_of())
        clock.advance(7.5)
        told.applied(result_of())

    assert value(metrics, "client_route_sync_duration_seconds_sum") == 7.5
    assert value(metrics, "client_route_sync_duration_seconds_bucket", le="5.0") == 0
    assert value(metrics, "client_component_install_duration_seconds_count") == 1
    assert value(metrics, "client_config_upsert_duration_seconds_count") == 1


@pytest.mark.parametrize(
    "plan, result, operation",
    [
        ({"base_revision": 0}, {"revision": 1}, "added"),
        ({}, {}, "updated"),
        ({}, {"changed": False}, "unchanged"),
    ],
)
def test_an_upsert_is_counted_by_what_became_of_it(
    narration: ClientNarration,
    metrics: Metrics,
    plan: dict[str, Any],
    result: dict[str, Any],
    operation: str,
) -> None:
    with narration.upsert("my-client", "My Client", "acme", "update") as told:
        told.plan(plan_of(**plan))
        told.applied(result_of(**result))

    labels = {"operation": operation, "hasErrors": "false"}
    assert value(metrics, "client_config_upsert_total", **labels) == 1


def test_an_upsert_that_fails_is_counted_with_its_type(
    narration: ClientNarration, metrics: Metrics
) -> None:
    with narration.upsert("my-client", "My Client", "acme", "create") as told:
        told.failed("creation_failed", "somebody else was there first")

    labels = {"operation": "create", "errorType": "creation_failed"}
    assert value(metrics, "client_config_upsert_errors_total", **labels) == 1
    labels = {"operation": "failed", "hasErrors": "true"}
    assert value(metrics, "client_config_upsert_total", **labels) == 1


@pytest.mark.parametrize(
    "path, name",
    [
        ("$.routes[3].path", "client_route_sync_errors_total"),
        ("$.menus[0]", "client_menu_sync_errors_total"),
        ("$.users[1].email", "client_user_creation_errors_total"),
        ("$.components[1]", "client_config_upsert_errors_total"),
        ("$.theme", "client_config_upsert_errors_total"),
    ],
)
def test_an_error_of_an_item_is_counted_where_it_belongs(
    narration: ClientNarration, metrics: Metrics, path: str, name: str
) -> None:
    error = ItemError(error_type="processing_error", message="no", path=path)
    with narration.upsert("my-client", "My Client", "acme", "update") as told:
        told.applied(result_of(errors=(error, error)))

    labels = {"operation": "update", "errorType": "processing_error"}
    assert value(metrics, name, **labels) == 2
    counted = {line.split("{")[0] for line in page(metrics) if "_errors_total{" in line}
    assert counted == {name}


def test_clients_beyond_a_bound_are_counted_together(
    narration: ClientNarration, metrics: Metrics
) -> None:
    for number in range(CLIENTS + 50):
        # Half of the keys are those of another tenant.
        key, tenant = f"client-{number // 2}", f"tenant-{number % 2}"
        with narration.upsert(key, "", tenant, "update") as told:
            told.applied(result_of())

    labels = {"operation": "updated", "hasErrors": "false"}
    other = {"tenant": "other", "clientKey": "other"}
    assert value(metrics, "client_config_upsert_total", **other, **labels) == 50
    assert len(keys_in(metrics)) == CLIENTS + 1


def test_no_label_is_a_count_or_an_address(narration: ClientNarration, metrics: Metrics) -> None:
    tell_of_everything(narration)
    with narration.upsert(EMAIL, "", "acme", "update") as told:
        told.failed("validation_failed", f"{EMAIL} is no key")

    text = "\n".join(page(metrics))
    for forbidden in (EMAIL, MASKED, "@", 'added="', "userEmail", "My Client"):
        assert forbidden not in text
    assert 'clientKey="other"' in text


def test_a_start_is_a_gauge_of_what_became_of_its_clients(
    narration: ClientNarration, metrics: Metrics
) -> None:
    tell_of_everything(narration)

    gauge = metrics.registry.get_sample_value
    assert gauge("tenantry_startup_clients", {"outcome": "loaded"}) == 1
    assert gauge("tenantry_startup_clients", {"outcome": "failed"}) == 1


def test_without_telemetry_nothing_is_missed(narration: ClientNarration) -> None:
    tell_of_everything(narration)
