"""A request as a value: what is sent, and how its answer is read. Nothing here is sent."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, Generic, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from tenantry.sdk.errors import Invalid, RequestFailed
from tenantry.sdk.model import Moment
from tenantry.sdk.reply import Reply, error_of

T = TypeVar("T")

ROOT: Final = "/config"
_ROUTES: Final = frozenset({"watch", "diff", "schema"})


class Request(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """One request.

    `target` is path and query as they are sent. `is_repeatable`: sending it twice does what
    sending it once does. One that is not is sent again all the same after a status in
    `repeats_after`, which says that nothing was done. `wait_seconds` is how long the server may
    think before it answers; answers with a status in `accepts` are read, successes or not, and
    those with one in `done_statuses` where an earlier attempt may be what they speak of.
    """

    method: str
    target: str
    read: Callable[[Reply], T]
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    is_repeatable: bool = True
    wait_seconds: float = 0.0
    accepts: frozenset[int] = frozenset()
    repeats_after: frozenset[int] = frozenset()
    done_statuses: frozenset[int] = frozenset()

    def read_reply(self, reply: Reply, *, may_be_done: bool = False) -> T:
        """Return what the answer says; raises the error it stands for.

        `may_be_done`: an earlier attempt may have been carried out.
        """
        accepts = self.accepts | self.done_statuses if may_be_done else self.accepts
        if reply.is_success or reply.status in accepts:
            return self.read(reply)
        raise error_of(reply)

    def is_repeatable_after(self, error: RequestFailed) -> bool:
        """Whether sending it again after `error` cannot do anything twice."""
        return self.is_repeatable or error.status in self.repeats_after


def path_of(name: str, *parts: str) -> str:
    """Return the path of a setting; raises `Invalid` for a name that would be another route."""
    if not name or name in _ROUTES:
        raise Invalid(
            f"name: got {name!r}, wants 1 to 512 characters, and not a reserved word",
            code="invalid_name",
        )
    return "/".join([ROOT, segment_of(name), *parts])


def segment_of(name: str) -> str:
    """Encode a name as one segment of a path; raises `Invalid` for what UTF-8 cannot say."""
    # Dots alone are steps through a path, unless they are encoded.
    if name.strip(".") == "":
        return name.replace(".", "%2E")
    try:
        return quote(name, safe="")
    except UnicodeEncodeError:
        raise Invalid(
            f"name: got {name!a}, wants characters that UTF-8 has", code="invalid_name"
        ) from None


def target_of(path: str, **query: object) -> str:
    """Return `path` with those of the parameters that say something; `from_` is `from`."""
    given = {key.rstrip("_"): value for key, value in query.items() if value not in (None, "")}
    return f"{path}?{urlencode(given, quote_via=quote, safe='')}" if given else path


def moment_text(moment: Moment) -> str:
    """Write a moment as a query has it; raises `Invalid` for a time without an offset."""
    if isinstance(moment, datetime):
        if moment.tzinfo is None:
            raise Invalid(f"moment: got {moment.isoformat()}, wants a time with an offset")
        return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return str(moment)


def condition_headers(
    if_version: int | str | None, *, create_only: bool = False
) -> tuple[tuple[str, str], ...]:
    """Return the headers that let a write happen only where its condition holds."""
    if if_version is not None and create_only:
        raise Invalid("if_version and create_only: got both, wants one of them at most")
    if create_only:
        return (("If-None-Match", "*"),)
    return () if if_version is None else (("If-Match", f'"{_token(if_version)}"'),)


def json_body(content: Any) -> bytes:
    """Encode what is sent; raises `Invalid` for what JSON cannot say."""
    try:
        return msgspec.json.encode(content)
    except (msgspec.MsgspecError, TypeError, ValueError, RecursionError) as error:
        raise Invalid(f"value: {error}, wants what JSON can say", code="invalid_value") from error


def _token(version: int | str) -> str:
    text = str(version).strip('"')
    if not text.isascii() or not text.isprintable() or '"' in text:
        raise Invalid(f"if_version: got {version!r}, wants a version such as 3 or 'global:3'")
    return text
