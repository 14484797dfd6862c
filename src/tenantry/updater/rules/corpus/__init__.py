"""What rows are made of: lists of our own, with no real company or person in them.

A list that changes makes other rows of the same seed, so it goes with another `CORPUS_VERSION`;
`corpus_hash` tells whether one has.
"""

from functools import cache
from hashlib import sha256
from typing import Any, Final

import msgspec

from tenantry.updater.rules.corpus import (
    companies,
    faults,
    machines,
    people,
    places,
    requests,
    supplies,
    touches,
)

CORPUS_VERSION: Final = "2026.1"
"""The version of the lists, and of the rules that draw from them."""

_MODULES: Final = (companies, faults, machines, people, places, requests, supplies, touches)


@cache
def corpus_hash() -> str:
    """Return the SHA-256 of all lists."""
    lists: list[Any] = [
        (module.__name__.rpartition(".")[2], name, value)
        for module in _MODULES
        for name, value in sorted(vars(module).items())
        if name.isupper() and not name.startswith("_")
    ]
    return sha256(msgspec.json.encode(lists, order="sorted")).hexdigest()
