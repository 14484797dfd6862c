"""Names of the network, which come from anybody: DIDs, collections, keys, handles, URIs."""

import re
from functools import lru_cache
from typing import Final

from tenantry.collector.model import POSTS, Subject

# The specification allows 2048; those there are have at most some 260 characters, and a key made
# of longer ones would not fit an index of PostgreSQL, which takes 2704 bytes.
MAX_DID: Final = 512
_MAX_NSID: Final = 317
_MAX_HANDLE: Final = 253
_NO_HANDLE: Final = "handle.invalid"

_A_DID: Final = r"did:[a-z]+:[a-zA-Z0-9._:%-]*[a-zA-Z0-9._-]"
_AN_RKEY: Final = r"(?!\.\.?$)[a-zA-Z0-9_~.:-]{1,512}"

_DID: Final = re.compile(_A_DID)
_NSID: Final = re.compile(
    r"[a-zA-Z](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
    r"(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)+"
    r"\.[a-zA-Z][a-zA-Z0-9]{0,62}"
)
_RKEY: Final = re.compile(_AN_RKEY)
_POST_URI: Final = re.compile(rf"at://({_A_DID})/{re.escape(POSTS)}/({_AN_RKEY})")
_CID: Final = re.compile(r"[a-zA-Z0-9+/=_-]{8,256}")
_HANDLE: Final = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?"
)
_HOST: Final = re.compile(
    r"(?i:https?)://(?:[^/?#@\s]*@)?(\[[0-9a-fA-F:.]+\]|[^/?#@:\s\[\]]{1,253})(?=[/?#:\s]|$)"
)


def is_did(text: str) -> bool:
    """Whether `text` is a DID, of any method."""
    return len(text) <= MAX_DID and _DID.fullmatch(text) is not None


@lru_cache(maxsize=4096)
def is_nsid(text: str) -> bool:
    """Whether `text` names a collection."""
    return len(text) <= _MAX_NSID and _NSID.fullmatch(text) is not None


def is_rkey(text: str) -> bool:
    """Whether `text` may be the key of a record."""
    return _RKEY.fullmatch(text) is not None


def is_cid(text: str) -> bool:
    """Whether `text` may be a CID: its form is looked at, not what it says."""
    return _CID.fullmatch(text) is not None


def is_handle(text: str) -> bool:
    """Whether `text` is a handle, in lower case."""
    return len(text) <= _MAX_HANDLE and _HANDLE.fullmatch(text) is not None


def handle_of(text: str | None) -> str | None:
    """Return a handle in lower case; None where it is none, or is `handle.invalid`."""
    if text is None:
        return None
    handle = text.lower()
    return handle if handle != _NO_HANDLE and is_handle(handle) else None


def post_of(uri: str) -> Subject | None:
    """Return the post that an `at://` URI names; None where it names none, or not by a DID."""
    found = _POST_URI.fullmatch(uri)
    if found is None:
        return None
    did, rkey = found.groups()
    return Subject(did, rkey) if len(did) <= MAX_DID else None


def domain_of(url: str) -> str:
    """Return the host of a web address in lower case, with IDNA left as it is; "" where none."""
    found = _HOST.match(url)
    return "" if found is None else found[1].lower().removesuffix(".")
