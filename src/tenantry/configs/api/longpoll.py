"""The long-poll: a GET that waits until the version is another one."""

import re

import msgspec

from tenantry.base.errors import Invalid
from tenantry.configs.api.one import Caller, get_one, get_present, reach_awaited
from tenantry.configs.service import ConfigStore, ConfigWatches
from tenantry.web import Answer

LEAST_SECONDS = 1.0
MOST_SECONDS = 60.0

_WAIT = re.compile(r"([0-9]{1,9})(ms|s)")
_TOKEN = re.compile(r'("?)((?:global:)?(?:0|[1-9][0-9]{0,17}))\1')
_NOT_MODIFIED = 304
_OK = 200


class Poll(msgspec.Struct, frozen=True):
    """What a reader has, and how long it will wait for another version."""

    seconds: float
    token: str


def read_poll(*, wait: str | None, version: str | None, at: str | None) -> Poll | None:
    """Read `?wait=&version=` of a GET; None where it is to be answered at once."""
    if wait is None and version is None:
        return None
    if at is not None:
        raise Invalid(field="at", got="wait beside it", wants="one or the other")
    if wait is None or version is None:
        missing = "wait" if wait is None else "version"
        raise Invalid(field=missing, got="nothing", wants="wait and version together")

    token = _TOKEN.fullmatch(version)
    if token is None:
        raise Invalid(field="version", got=version[:64], wants="3, global:3, or 0 for none")
    return Poll(_read_seconds(wait), token[2])


async def get_or_poll(
    store: ConfigStore,
    watches: ConfigWatches,
    caller: Caller,
    name: str,
    *,
    at: str | None,
    poll: Poll | None,
) -> Answer:
    """Answer `GET /config/{name}`, at once or when `poll` says."""
    if poll is None:
        return await get_one(store, caller, name, at=at)
    await reach_awaited(store, caller.headers)
    return await poll_one(store, watches, caller, name, poll)


async def poll_one(
    store: ConfigStore, watches: ConfigWatches, caller: Caller, name: str, poll: Poll
) -> Answer:
    """Answer `GET /config/{name}` as soon as the token differs; 304 where it does not in time.

    Of a name that there is none of, the answer is 404 in the end.
    """
    differs = await watches.differs(
        caller.principal, caller.tenant_id, name, token=poll.token, seconds=poll.seconds
    )
    answer = get_present(store, caller, name)
    if differs or answer.status != _OK:
        return answer
    kept = [(field, value) for field, value in answer.headers if field != b"content-type"]
    return Answer(_NOT_MODIFIED, kept, b"")


def _read_seconds(wait: str) -> float:
    found = _WAIT.fullmatch(wait)
    seconds = int(found[1]) / (1000 if found[2] == "ms" else 1) if found else 0.0
    if not LEAST_SECONDS <= seconds <= MOST_SECONDS:
        raise Invalid(field="wait", got=wait[:64], wants="1s to 60s, or 1000ms to 60000ms")
    return seconds
