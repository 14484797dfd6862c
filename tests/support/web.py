"""Talking to an ASGI application in this process, as a client on this machine would."""

from typing import Any

import httpx


def client_of(asgi: Any, *, address: str = "127.0.0.1", **options: Any) -> httpx.AsyncClient:
    """Return a client whose requests seem to come from `address`."""
    transport = httpx.ASGITransport(asgi, client=(address, 1), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", **options)
