"""Names that mean something to another feature, and what writing them asks for."""

from collections.abc import Callable

import msgspec

CheckReserved = Callable[[str, bytes], None]
"""Raises `Invalid`, naming setting and field, where a value (JSON) is not fit for its name."""


class ReservedNames(msgspec.Struct, frozen=True, kw_only=True):
    """The settings whose names start with `prefix`, which another feature reads.

    Whoever writes one, in whichever way, needs `permission` besides that of writing settings, and
    its value must pass `check`, which gets the name and the JSON. None of them is ever a secret.
    """

    prefix: str
    permission: str
    check: CheckReserved
