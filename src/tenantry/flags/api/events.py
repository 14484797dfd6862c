"""The stream that tells clients of OFREP to ask again, as server-sent events."""

from collections.abc import AsyncIterator

from tenantry.base import Clock
from tenantry.base.codec import encode_json
from tenantry.base.errors import Unavailable
from tenantry.flags.service import FlagWatch
from tenantry.telemetry import get_logger

_LOG = get_logger("tenantry.flags")
_RETRY = b"retry: 1000\n\n"
_US = 1_000_000


async def refetch_events(watch: FlagWatch, *, clock: Clock) -> AsyncIterator[bytes]:
    """Yield an event for each time that flags have changed, and a heartbeat while they do not.

    All carry the position, so whoever comes back says from where. Changes that come together are
    one event, and the first says only that the stream has begun. It ends as a watch of settings
    does.
    """
    yield _RETRY + _event("connected", watch.position, clock)
    try:
        while (has_changed := await watch.next()) is not None:
            if has_changed:
                yield _event("refetchEvaluation", watch.position, clock)
            else:
                yield _heartbeat(watch.position)
    except Unavailable as error:
        _LOG.warning("A watch of flags ended, as the log cannot be read", reason=error.message)
    finally:
        watch.close()


def _event(kind: str, position: int, clock: Clock) -> bytes:
    # Clients pass over a kind that they do not know.
    data = {"type": kind, "etag": str(position), "lastModified": clock.now_us() // _US}
    return b"id: %d\nevent: message\ndata: %b\n\n" % (position, encode_json(data))


def _heartbeat(position: int) -> bytes:
    # A comment, which readers pass over, and an id, which they keep for when they come back.
    return b":\nid: %d\n\n" % position
