"""Whether a tenant's data can be used as they are."""

from typing import Any

import pytest

from tenantry.sync.model import TenantState
from tenantry.sync.rules import standing_of


def standing(state: TenantState | None, *, now: int = 1_000, source: str = "s") -> Any:
    return standing_of(state, source=source, max_age_us=100, now=now)


def ready(at: int) -> TenantState:
    return TenantState(tenant_id="acme", ready_at=at, source="s", correlation_id="c")


def test_what_never_was_is_missing() -> None:
    assert standing(None) == "missing"
    assert standing(ready(0)) == "missing"


@pytest.mark.parametrize("age, expected", [(0, "fresh"), (100, "fresh"), (101, "stale")])
def test_what_is_older_than_it_may_be_is_stale(age: int, expected: str) -> None:
    assert standing(ready(1_000 - age)) == expected


def test_what_another_source_has_said_is_stale() -> None:
    assert standing(ready(1_000), source="other") == "stale"
    assert standing(ready(0), source="other") == "missing"
