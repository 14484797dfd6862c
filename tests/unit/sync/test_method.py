"""Which method a sync takes: every combination of what was said."""

import itertools
from typing import Any

import pytest

from tenantry.sync.model import Evaluated, MethodSettings
from tenantry.sync.rules import decide_method

FLAGS = {
    "none": None,
    "direct": Evaluated(value="direct", variant="direct", reason="STATIC"),
    "temporal": Evaluated(value="temporal", variant="temporal", reason="SPLIT"),
    "nonsense": Evaluated(value=7, variant="x", reason="STATIC"),
    "broken": Evaluated(value=None, variant=None, reason="ERROR", error="it does not parse"),
}
TENANTS = {"all": None, "this": frozenset({"acme"}), "others": frozenset({"globex"})}
CASES = list(itertools.product([None, True, False], TENANTS, [True, False], FLAGS))


@pytest.mark.parametrize("use_temporal, tenants, is_enabled, flag", CASES)
def test_the_method_follows_the_requirement(
    use_temporal: Any, tenants: str, is_enabled: Any, flag: str
) -> None:
    settings = MethodSettings(
        is_enabled=is_enabled, use_temporal=use_temporal, tenants=TENANTS[tenants]
    )

    decision = decide_method(settings, "acme", FLAGS[flag])

    # An explicit no wins over everything, and without a server there is nothing to choose.
    if use_temporal is False or not is_enabled:
        expected, by = "direct", "environment" if use_temporal is not None else "default"
    elif flag in ("direct", "temporal"):
        expected, by = flag, "flag"
    else:
        is_meant = bool(use_temporal) and tenants != "others"
        expected = "temporal" if is_meant else "direct"
        by = "default" if use_temporal is None else "environment"
    assert (decision.method, decision.decided_by) == (expected, by)
    assert decision.reason
    if flag in ("nonsense", "broken") and is_enabled and use_temporal is not False:
        assert "flag sync-method says nothing" in decision.reason
