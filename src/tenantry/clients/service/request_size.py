"""How many clients one request may be about."""

from collections.abc import Sequence
from typing import Any

from tenantry.base.errors import TooLarge
from tenantry.clients.model import MAX_CLIENTS


def refuse_too_many(configs: Sequence[Any]) -> None:
    """Raise `TooLarge` for more declarations than one request may bring."""
    if len(configs) > MAX_CLIENTS:
        got = f"{len(configs)} clients"
        raise TooLarge(field="configs", got=got, wants=f"at most {MAX_CLIENTS} in one request")
