"""Sources that are JSON APIs: the one door to aiohttp.

It follows no redirect, uses no proxy, keeps no cookie, and connects to nothing that its reach does
not allow, whatever a name resolves to.
"""

from tenantry.sync.remote.http.pool import HttpPool
from tenantry.sync.remote.http.reading import HttpReader

__all__ = ["HttpPool", "HttpReader"]
