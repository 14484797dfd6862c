"""What a host is asked for, in the words of either wire."""

from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import msgspec

from tenantry.base.codec import encode_json
from tenantry.collector.model import Wire

V2_PATH: Final = "/xrpc/network.bsky.jetstream.subscribeEvents"
V1_PATH: Final = "/subscribe"
SUBPROTOCOL: Final = "xrpc.v1.json"
_DIDS_IN_URL: Final = 100
"""With more the URL would be one that proxies refuse; v1 takes them in a frame instead."""


class StreamRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Which events are wanted, from where on.

    No collections are all of them, no `dids` everybody. `cursor` is µs since 1970 on v1; on v2 it
    is a `seq`, or µs where it is at least 1e15. None begins with what is new. Frames above
    `max_message_bytes` are left out by the host, without a word: see `FrameTooLong`.
    """

    collections: tuple[str, ...] = ()
    dids: tuple[str, ...] = ()
    cursor: int | None = None
    max_message_bytes: int | None = None

    @property
    def is_long(self) -> bool:
        """Whether it has more DIDs than a URL should have."""
        return len(self.dids) > _DIDS_IN_URL


def wire_of_url(url: str) -> Wire | None:
    """Return the wire that an endpoint's path stands for; None where it names neither."""
    path = urlsplit(url).path.rstrip("/")
    if path.endswith(V2_PATH):
        return "v2"
    return "v1" if path.endswith(V1_PATH) else None


def host_of(url: str) -> str:
    """Return what a host is called in the ledger and in logs: its name, and its port if any."""
    return urlsplit(url).netloc.rpartition("@")[2]


def stream_url(url: str, wire: Wire, request: StreamRequest, *, dictionary: int | None) -> str:
    """Return the address of a stream; `dictionary` is the id of the one that both sides have."""
    parts = urlsplit(url)
    path = parts.path
    if wire_of_url(url) is None:
        path = path.rstrip("/") + (V1_PATH if wire == "v1" else V2_PATH)
    asked = parse_qsl(parts.query)
    asked += _v1(request, dictionary) if wire == "v1" else _v2(request, dictionary)
    return urlunsplit((parts.scheme, parts.netloc, path, urlencode(asked, safe=":*"), ""))


def dictionary_url(url: str) -> str:
    """Return where the host of a v2 stream has its dictionary."""
    parts = urlsplit(url)
    scheme = {"wss": "https", "ws": "http"}.get(parts.scheme, parts.scheme)
    path = parts.path.rstrip("/").removesuffix(V2_PATH)
    name = "/xrpc/network.bsky.jetstream.getZstdDictionary"
    return urlunsplit((scheme, parts.netloc, path + name, "", ""))


def options_update(request: StreamRequest) -> str:
    """Return the frame with which v1 changes its filter; lists replace those before."""
    payload = {
        "wantedCollections": request.collections,
        "wantedDids": request.dids,
        "maxMessageSizeBytes": request.max_message_bytes or 0,
    }
    return encode_json({"type": "options_update", "payload": payload}).decode()


def _v1(request: StreamRequest, dictionary: int | None) -> list[tuple[str, str]]:
    if request.is_long:
        # The filter comes in the first frame, and nothing is sent before.
        asked = [("requireHello", "true")]
    else:
        asked = [("wantedCollections", name) for name in request.collections]
        asked += [("wantedDids", did) for did in request.dids]
    asked += _both(request)
    if dictionary is not None:
        asked.append(("compress", "true"))
    return asked


def _v2(request: StreamRequest, dictionary: int | None) -> list[tuple[str, str]]:
    asked = [("collections", name) for name in request.collections]
    asked += [("dids", did) for did in request.dids]
    asked += _both(request)
    if dictionary is not None:
        asked.append(("zstdDictionary", str(dictionary)))
    return asked


def _both(request: StreamRequest) -> list[tuple[str, str]]:
    asked = [] if request.cursor is None else [("cursor", str(request.cursor))]
    if request.max_message_bytes is not None:
        asked.append(("maxMessageSizeBytes", str(request.max_message_bytes)))
    return asked
