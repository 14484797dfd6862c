"""Ids that no one has to agree on beforehand."""

import os


def new_id() -> str:
    """Return a fresh random id: 128 bits from the system's generator, as 32 hex digits."""
    return os.urandom(16).hex()
