"""What an import has made of an original's file."""

from typing import Any

import msgspec
from msgspec import UNSET


class ImportChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that is not as it was: `path` is where it stood in the original.

    `what` says what became of it, and why. What is UNSET was not there, or is not there any more;
    what is secret or personal is not shown.
    """

    path: str
    what: str
    before: Any = UNSET
    after: Any = UNSET


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """A declaration that is valid, and everything in it that the original had otherwise."""

    config: dict[str, Any]
    changes: tuple[ImportChange, ...] = ()
