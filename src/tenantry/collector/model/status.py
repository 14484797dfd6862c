"""How collecting goes, and what came of it."""

from typing import Literal

import msgspec

Connection = Literal["stopped", "connecting", "connected", "reconnecting"]


class CollectionFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one collection; `stored` and `deletes` were news, `duplicates` were not."""

    events: int = 0
    stored: int = 0
    duplicates: int = 0
    deletes: int = 0


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What came of all events; `cursor` is how far the stream is stored, µs since 1970.

    Identity, account and sync events count under `identity`, `account` and `sync`.
    """

    events: int = 0
    stored: int = 0
    duplicates: int = 0
    deletes: int = 0
    dead_letters: int = 0
    cursor: int | None = None
    by_collection: dict[str, CollectionFigures] = {}


class PulseCounts(msgspec.Struct, frozen=True, kw_only=True):
    """What a process has counted since `began_at`; `events` by collection, duplicates too."""

    began_at: int = 0
    events: dict[str, int] = {}
    batches: int = 0
    commit_seconds: float = 0.0
    reconnects: int = 0
    gaps: int = 0
    dead_letters: int = 0


class Pulse(msgspec.Struct, frozen=True, kw_only=True):
    """What the process that collects says of itself, once a second; times are µs since 1970."""

    node: str
    connection: Connection
    host: str | None = None
    wire: str | None = None
    is_compressed: bool = False
    connected_at: int | None = None
    events_per_second: float = 0.0
    lag_seconds: float | None = None
    queued: int = 0
    reconnects: int = 0
    error: str | None = None
    at: int = 0
    counts: PulseCounts | None = None


class Switch(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a tenant wants its stream collected, since when, and who said so."""

    is_on: bool = True
    at: int | None = None
    by: str | None = None


class CollectorStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How collecting goes: whether it is wanted, whether somebody does it, and how far it is."""

    tenant_id: str
    is_wanted: bool
    is_running: bool
    switched_at: int | None
    switched_by: str | None
    pulse: Pulse | None
    figures: Figures
    open_gaps: int
    notes: tuple[str, ...]
