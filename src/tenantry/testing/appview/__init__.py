"""A fake AppView: the AT Protocol's reads on loopback, with limits that it watches over.

    async with FakeAppView(limit=100, window_seconds=60) as appview:
        appview.fail("getFollowers", Status(503, retry_after=2))
        ...  # ask appview.url
        assert appview.asked("getFollowers", status=503)

It is a real HTTP server, and whom it knows is generated: nobody is real. At the end it fails where
anybody has asked more than the limits allow. It needs aiohttp, so it is imported by its own name.
"""

from tenantry.testing.appview.graph import SmallGraph, SocialGraph
from tenantry.testing.appview.limits import Limits, Violation, most_in
from tenantry.testing.appview.pages import AppViewFault, FewEntries, Odd, SameCursor, Twice
from tenantry.testing.appview.server import Asked, FakeAppView

__all__ = [
    "AppViewFault",
    "Asked",
    "FakeAppView",
    "FewEntries",
    "Limits",
    "Odd",
    "SameCursor",
    "SmallGraph",
    "SocialGraph",
    "Twice",
    "Violation",
    "most_in",
]
