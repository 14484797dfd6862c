"""What the values show of themselves."""

from io import StringIO

import msgspec
import pytest
from rich.console import Console

from tenantry.sdk import NewKey, Session, Tenant
from tests.support.access import NEW_KEY_JSON, NOON, SESSION_JSON

KEY = msgspec.convert(NEW_KEY_JSON, NewKey)
SESSION = msgspec.convert(SESSION_JSON, Session)


@pytest.mark.parametrize("value", [KEY, SESSION])
def test_a_token_is_told_by_its_attribute_alone(value: NewKey | Session) -> None:
    token = value.key if isinstance(value, NewKey) else value.token
    printed = StringIO()
    Console(file=printed, width=1_000).print(value)

    assert "hush" in token
    for shown in (repr(value), str(value), f"{[value]}", f"{value!r:>9}", printed.getvalue()):
        assert "hush" not in shown
        assert "[redacted]" in shown


def test_everything_else_is_shown() -> None:
    assert repr(KEY).startswith("NewKey(id='k1', tenant_id='acme', name='ci', role='viewer', ")
    assert "ada@example.com" in repr(SESSION)


def test_a_tenant_is_active_or_not() -> None:
    states = [
        Tenant(id="a", name="A", status=status, created_at=NOON).is_active
        for status in ("active", "suspended", "a state of a newer server")
    ]

    assert states == [True, False, False]
