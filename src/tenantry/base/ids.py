"""Ids that no one has to agree on beforehand."""

import random


def new_id() -> str:
    """Return a fresh random id: 128 bits as 32 hex digits; unique, not secret.

    The generator is seeded by the system, and anew in a forked child; a system call for every id
    would be a tenth of a request.
    """
    return f"{random.getrandbits(128):032x}"
