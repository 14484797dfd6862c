"""The value of a cursor since which changes are asked for."""

import msgspec

from tenantry.sync.model import Position


def since_of(position: Position) -> str | None:
    """Return the value as a source writes it, None where there is none: a text without quotes."""
    if position.since is None:
        return None
    try:
        value = msgspec.json.decode(position.since, type=str | int | float)
    except msgspec.MsgspecError:
        # Nothing is lost by reading all of it.
        return None
    return str(value)
