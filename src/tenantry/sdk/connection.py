"""Which server, as whom, for which tenant: checked at once, and never shown with its token."""

import re
import ssl
from http.cookiejar import CookieJar, DefaultCookiePolicy
from ipaddress import ip_address
from typing import Any, Final

import httpx

from tenantry import __version__
from tenantry.sdk.errors import Invalid

_VISIBLE: Final = re.compile(r"[\x21-\x7e]+")
_CONNECT_SECONDS: Final = 5.0
_CONNECTIONS: Final = 32


class Connection:
    """The way to one server; `verify` is what `httpx` takes: a context for your own authority.

    `transport` is what requests without an event loop go through, where that is no network.
    """

    def __init__(
        self,
        *,
        server: str,
        token: str | None = None,
        tenant: str | None = None,
        verify: ssl.SSLContext | bool = True,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.url = _parse_url(server)
        if token is not None:
            check_token(token)
        if tenant is not None and not _VISIBLE.fullmatch(tenant):
            raise Invalid(f"tenant: got {tenant!r}, wants visible ASCII characters")
        self.token = token
        self.tenant = tenant
        self.verify = verify
        self._transport = transport

    def __repr__(self) -> str:
        return f"{type(self).__name__}(server={self.address!r}, tenant={self.tenant!r})"

    @property
    def address(self) -> str:
        """The server's URL, without a slash at its end."""
        return str(self.url).rstrip("/")

    def options(self) -> dict[str, Any]:
        """Return the arguments of an `httpx` client."""
        return {
            "transport": self._transport,
            "base_url": self.url,
            "headers": self._headers(),
            # Without TLS nobody is verified, and to read all authorities would take 20 ms.
            "verify": self.verify if self.url.scheme == "https" else _trusting_nobody(),
            # Each request names its own; this is for one that forgets.
            "timeout": httpx.Timeout(_CONNECT_SECONDS),
            "limits": httpx.Limits(
                max_connections=_CONNECTIONS, max_keepalive_connections=_CONNECTIONS
            ),
            # Who acts is said by the token alone, and by no cookie that came with a login.
            "cookies": CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            # A proxy stands between this machine and others, not between it and itself.
            "trust_env": not _is_loopback(self.url.host),
        }

    def _headers(self) -> dict[str, str]:
        headers = {"User-Agent": f"tenantry-sdk/{__version__}", "Accept": "application/json"}
        if self.token is not None:
            headers["Authorization"] = f"Bearer {self.token}"
        if self.tenant is not None:
            headers["X-Tenant-ID"] = self.tenant
        return headers


def check_token(token: str) -> None:
    """Raise `Invalid` for a token that no header can carry, without showing it."""
    # Otherwise the text of the error would come from below, with the token in it.
    if not _VISIBLE.fullmatch(token):
        raise Invalid("token: got one that no header can carry, wants visible ASCII characters")


def timeout_of(seconds: float) -> httpx.Timeout:
    """Return the time-outs of a request whose answer may let us wait for `seconds`."""
    return httpx.Timeout(seconds, connect=min(seconds, _CONNECT_SECONDS))


def _parse_url(server: str) -> httpx.URL:
    wants = "wants a URL such as http://127.0.0.1:4000"
    try:
        url = httpx.URL(server if "://" in server else f"http://{server}")
    except (httpx.InvalidURL, ValueError) as error:
        raise Invalid(f"server: {error}; {wants}") from None
    if url.userinfo:
        # Not shown: it is a password, and would be one in every error text.
        raise Invalid(f"server: got a URL with a user in it, {wants}, and the token as token=")
    if url.scheme not in ("http", "https") or not url.host or url.query or url.fragment:
        raise Invalid(f"server: got {server!r}, {wants}")
    return url


def _trusting_nobody() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
