"""Who caused an event, as its metadata keep it."""

from tenantry.base import root_principal
from tenantry.eventlog import Cause, cause_by, cause_of
from tenantry.telemetry import bind


def test_a_cause_says_who_where_and_what_it_was_about() -> None:
    with bind(correlation_id="request", causation_id="command"):
        cause = cause_by(root_principal(source="cli"), subject="acme", kind="Tenant")

    assert cause == Cause(
        aggregate_id="acme",
        aggregate_type="Tenant",
        actor="root",
        correlation_id="request",
        causation_id="command",
        source="cli",
    )
    assert cause_of(cause.encode()) == cause


def test_of_an_event_that_says_less_less_is_known() -> None:
    assert cause_of(b'{"actor": "root", "else": 1}') == Cause(actor="root")
