"""A fault lab: an upstream that answers as a real one does, and fails as one does, when asked to.

    async with FakeUpstream({"acme": seeded({"users": 250})}) as upstream:
        upstream.fail("users", Status(429, retry_after=1), page=2)
        ...  # read from upstream.base_url
        assert upstream.pages("users") == [1, 2, 2, 3]

It is a real HTTP server on loopback, and its rows are the same every time. People in them are made
up, and have addresses at example.com. It needs aiohttp, so it is imported by its own name.
"""

from tenantry.testing.upstream.demo import demo_upstream
from tenantry.testing.upstream.faults import (
    Cut,
    Drift,
    Duplicate,
    EarlyEnd,
    Fault,
    Held,
    Huge,
    Raw,
    Redirect,
    Reordered,
    Reset,
    Script,
    Short,
    Status,
    Total,
)
from tenantry.testing.upstream.instead import answer_instead
from tenantry.testing.upstream.requests import Request
from tenantry.testing.upstream.rows import DEFAULT_COUNTS, seeded
from tenantry.testing.upstream.server import FakeUpstream
from tenantry.testing.upstream.shelf import Shelf

__all__ = [
    "DEFAULT_COUNTS",
    "Cut",
    "Drift",
    "Duplicate",
    "EarlyEnd",
    "FakeUpstream",
    "Fault",
    "Held",
    "Huge",
    "Raw",
    "Redirect",
    "Reordered",
    "Request",
    "Reset",
    "Script",
    "Shelf",
    "Short",
    "Status",
    "Total",
    "answer_instead",
    "demo_upstream",
    "seeded",
]
