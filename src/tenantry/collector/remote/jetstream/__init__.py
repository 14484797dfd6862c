"""The client of Jetstream: both wires, compressed or not, one stream at a time.

It parses nothing: what comes are the frames, and what ends a stream is an error that says why.
"""

from tenantry.collector.remote.jetstream.connect import CONNECT_SECONDS, IDLE_SECONDS, Connector
from tenantry.collector.remote.jetstream.request import StreamRequest, host_of, wire_of_url
from tenantry.collector.remote.jetstream.stream import Chunk, Stream

__all__ = [
    "CONNECT_SECONDS",
    "IDLE_SECONDS",
    "Chunk",
    "Connector",
    "Stream",
    "StreamRequest",
    "host_of",
    "wire_of_url",
]
