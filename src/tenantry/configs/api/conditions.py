"""Request headers to conditions, keys and moments."""

import hashlib
import hmac
import re

from tenantry.base.errors import Invalid
from tenantry.base.instant import parse_instant
from tenantry.configs.errors import ConfigValueInvalid
from tenantry.configs.model import NO_CONDITION, Condition, Idempotency
from tenantry.web import Headers, idempotency_key_of

# RFC 9110 §8.8.3. Ours are strong and hold a version; a weak one never matches a condition.
_TAG = re.compile(r'(W/)?"([^"]*)"')
_TAGS = re.compile(rf"{_TAG.pattern}(?:[ \t]*,[ \t]*{_TAG.pattern})*")
_MAX_DIGITS = 18
_VERSION = re.compile(rf"(global:)?([1-9][0-9]{{0,{_MAX_DIGITS - 1}}})")


def write_condition(headers: Headers) -> Condition:
    """Read `If-Match` and `If-None-Match` of a write; raises `Invalid` for what is neither."""
    if_match = headers.get(b"if-match")
    if_none_match = headers.get(b"if-none-match")
    if if_match is None and if_none_match is None:
        return NO_CONDITION

    if if_none_match is not None and if_none_match.strip() != b"*":
        raise Invalid(field="If-None-Match", got=_text(if_none_match), wants="* on a write")
    is_any = if_match is not None and if_match.strip() == b"*"
    if if_match is None or is_any:
        return Condition(must_exist=is_any, must_be_absent=if_none_match is not None)
    versions, global_versions = _versions(if_match)
    return Condition(
        versions=versions,
        must_be_absent=if_none_match is not None,
        global_versions=global_versions,
    )


def is_unchanged(headers: Headers, token: str) -> bool:
    """Whether a reader already has the version `token` (`If-None-Match` of a GET)."""
    given = headers.get(b"if-none-match")
    if given is None:
        return False
    # RFC 9110 §13.1.2: `*` matches whatever exists, and the comparison is weak.
    return given.strip() == b"*" or token in [tag for _, tag in _TAG.findall(_text(given))]


def idempotency(
    headers: Headers,
    *,
    actor: str,
    method: str,
    tenant_id: str,
    name: str,
    body: bytes,
    digest_key: bytes = b"",
) -> Idempotency | None:
    """Read `Idempotency-Key`; the digest covers all that makes two requests the same.

    It covers who sends them, since another might send body after body under the key of a write and
    be told which of them it was; and it is keyed with `digest_key`, since a body may hold a secret
    that is easily guessed at.
    """
    key = idempotency_key_of(headers)
    if key is None:
        return None

    digest = hmac.new(digest_key, digestmod=hashlib.sha256)
    conditions = (headers.get(b"if-match", b""), headers.get(b"if-none-match", b""))
    for part in (
        actor.encode(),
        method.encode(),
        tenant_id.encode(),
        name.encode(),
        *conditions,
        body,
    ):
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return Idempotency(key=key, request_digest=digest.digest())


def awaited_position(headers: Headers) -> int | None:
    """Read `X-Position`: what this node must have taken in before it answers."""
    given = headers.get(b"x-position")
    if given is None:
        return None
    if not given.isdigit() or len(given) > _MAX_DIGITS:
        raise Invalid(field="X-Position", got=_text(given), wants="a position of the log")
    return int(given)


def moment(text: str, *, field: str = "at") -> tuple[str, int]:
    """Read a position (digits) or an ISO 8601 instant: `("position", n)` or `("instant", µs)`."""
    if text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS:
        return "position", int(text)
    return "instant", parse_instant(text, field=field)


def _versions(header: bytes) -> tuple[frozenset[int], frozenset[int]]:
    """Return the own and the inherited versions that the tags name."""
    text = _text(header).strip()
    if not _TAGS.fullmatch(text):
        raise ConfigValueInvalid(field="If-Match", got=text, wants='versions in quotes, e.g. "3"')
    # A tag that is no version of ours is well formed and simply never matches.
    found = [_VERSION.fullmatch(tag) for weak, tag in _TAG.findall(text) if not weak]
    own = frozenset(int(tag[2]) for tag in found if tag and not tag[1])
    return own, frozenset(int(tag[2]) for tag in found if tag and tag[1])


def _text(header: bytes) -> str:
    return header.decode("latin-1")[:1024]
