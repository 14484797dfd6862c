"""The events that both sides append: those that storing a setting makes.

A peer that has one field for all of an event gets data and metadata in it, so both sides store the
same bytes but for the field's name.
"""

from typing import Final

import msgspec

VALUE_SET: Final = "configs.value_set.v1"
STREAM_PREFIX: Final = "config-"
TENANTS: Final = ("acme", "globex", "initech", "umbrella")

STREAMS_PER_WRITER: Final = 8
"""Each writer appends to its own streams in turn, so nobody meets anybody else's version."""
WARM_UP_SECONDS: Final = 0.25

_TIMESTAMP: Final = "2026-01-01T00:00:00.000000Z"


class Content(msgspec.Struct, frozen=True):
    """What an event says: as our log takes it, and as one field."""

    data: bytes
    metadata: bytes
    state: bytes


class ValueSet(msgspec.Struct, frozen=True):
    """What both sides decode an event to; whatever else it holds is passed over."""

    config_name: str
    value: str
    old_value: str
    timestamp: str


def setting_name(number: int) -> str:
    """Return the name of a setting."""
    return f"service-{number % 50:02d}:option-{number:05d}"


def content(name: str, version: int) -> Content:
    """Return the `version`-th event of a setting: about 270 bytes in all."""
    data = msgspec.json.encode(
        {
            "config_name": name,
            "value": f"value {version}",
            "old_value": f"value {version - 1}",
            "timestamp": _TIMESTAMP,
        }
    )
    metadata = msgspec.json.encode(
        {
            "aggregate_id": name,
            "aggregate_type": "ConfigValue",
            "actor": "root",
            "correlation_id": f"{version:016x}",
            "source": "http",
        }
    )
    return Content(data, metadata, data[:-1] + b',"metadata":' + metadata + b"}")


def histories(event_count: int, setting_count: int) -> list[list[tuple[str, int]]]:
    """Return batches of at most 2,000 (name, version) that make up a log of `event_count` events.

    Every setting gets its next version in turn, so each is live at the end.
    """
    pairs = [
        (setting_name(number % setting_count), number // setting_count + 1)
        for number in range(event_count)
    ]
    return [pairs[at : at + 2_000] for at in range(0, len(pairs), 2_000)]


def tenant_of(name: str) -> str:
    """Return whose setting it is: each name belongs to one tenant."""
    return TENANTS[int(name[-2:]) % len(TENANTS)]
