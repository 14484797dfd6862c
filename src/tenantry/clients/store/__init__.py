"""How clients are stored: events in the log, a copy of the present state, an index in memory."""

from tenantry.clients.store.codec import EVENT_TYPES, PREFIX, decode_event, encode_event
from tenantry.clients.store.index import ClientIndex, IndexEntry
from tenantry.clients.store.rows import delete_clients, find_client, keep_client

__all__ = [
    "EVENT_TYPES",
    "PREFIX",
    "ClientIndex",
    "IndexEntry",
    "decode_event",
    "delete_clients",
    "encode_event",
    "find_client",
    "keep_client",
]
