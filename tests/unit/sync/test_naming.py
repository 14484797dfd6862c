"""What runs are called, and whose they are."""

import re
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantry.sync.rules import correlation_id, lease_name, tenant_of, workflow_id

SLUGS = st.from_regex(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", fullmatch=True)
NUMBERS = st.integers(0, 36**9 - 1)
NOW_US = 1_800_000_000_123_456


@given(SLUGS | st.uuids().map(str), NUMBERS)
def test_a_correlation_id_tells_whose_run_it_is(tenant_id: str, number: int) -> None:
    found = correlation_id(tenant_id, now_us=NOW_US, number=number)

    assert re.fullmatch(rf"sync-{tenant_id}-1800000000123-[0-9a-z]{{9}}", found)
    assert tenant_of(found) == tenant_id


@given(NUMBERS, NUMBERS)
def test_two_numbers_are_two_names(one: int, other: int) -> None:
    names = {correlation_id("acme", now_us=NOW_US, number=number) for number in (one, other)}
    assert len(names) == len({one, other})


@pytest.mark.parametrize("tenant_id", ["a-1800000000123-abcdefghi", "sync-a", "1-2-3", "sync"])
def test_a_tenant_that_is_called_like_a_part_of_it_is_still_found(tenant_id: str) -> None:
    assert tenant_of(correlation_id(tenant_id, now_us=NOW_US, number=5)) == tenant_id


@pytest.mark.parametrize(
    "text",
    ["", "sync-acme", "acme-1800000000123-abcdefghi", "sync-Acme-1800000000123-abcdefghi",
     "sync-acme-1800000000123-abcdefgh", "sync-acme-180000000012-abcdefghi",
     "sync-acme-1800000000123-abcdefghi\n", "sync-acme-1800000000123-ABCDEFGHI",
     "sync-a/b-1800000000123-abcdefghi"],
)  # fmt: skip
def test_what_is_no_correlation_id_is_of_nobody(text: str) -> None:
    assert tenant_of(text) == ""


@given(SLUGS, SLUGS)
def test_leases_and_workflows_are_of_one_tenant(one: str, other: str) -> None:
    for name in (lease_name, workflow_id):
        assert (name(one) == name(other)) == (one == other)
    assert workflow_id("acme") == "tenant-sync/acme"
    assert str(UUID(int=1)) in lease_name(str(UUID(int=1)))
