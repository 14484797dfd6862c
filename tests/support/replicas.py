"""Replicas for tests, and what a scripted server does to them."""

from typing import Any, Final

from tenantry.sdk import ConfigReplica, Retry
from tests.support.scripted import Exchange, Script, ScriptedServer

QUICK: Final = Retry(first_seconds=0.001, most_seconds=0.02)
A: Final = {"name": "a", "value": 1}
DEFAULTS: Final = {"name": "app:size", "value": 10, "layer": "global"}


def held(*chunks: bytes) -> Script:
    """Return a script that sends chunks and then nothing more."""

    def script(exchange: Exchange) -> None:
        exchange.stream(*chunks)
        exchange.wait_until_left()

    return script


def cut(*chunks: bytes) -> Script:
    """Return a script that sends chunks and closes the connection."""
    return lambda exchange: exchange.stream(*chunks)


def refused(exchange: Exchange) -> None:
    """Be away, and say so."""
    exchange.fail(503, "not_ready")


def replica_of(server: ScriptedServer, **options: Any) -> ConfigReplica:
    """Return a replica that is in a hurry."""
    return ConfigReplica(server=server.address, retry=QUICK, **options)
