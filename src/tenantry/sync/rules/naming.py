"""What runs, leases and workflows are called."""

import re
from typing import Final

_ALPHABET: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
RANDOM_CHARACTERS: Final = 9

CORRELATION_ID: Final = re.compile(r"sync-[a-z0-9-]{1,63}-[0-9]{13}-[0-9a-z]{9}", re.ASCII)
"""`sync-{tenant}-{ms since 1970}-{9 base-36 characters}`, as the requirement has it."""


def correlation_id(tenant_id: str, *, now_us: int, number: int) -> str:
    """Name a run of now; `number` is random, from 0 to 36⁹ - 1."""
    digits = []
    for _ in range(RANDOM_CHARACTERS):
        number, digit = divmod(number, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return f"sync-{tenant_id}-{now_us // 1000}-{''.join(digits)}"


def lease_name(tenant_id: str) -> str:
    """Name the lease of a tenant's sync."""
    return f"sync:{tenant_id}"


def workflow_id(tenant_id: str) -> str:
    """Name a tenant's sync where it is durable: one at a time."""
    return f"tenant-sync/{tenant_id}"


def tenant_of(correlation: str) -> str:
    """Return whose run a correlation id names; '' where it is none."""
    if not CORRELATION_ID.fullmatch(correlation):
        return ""
    return correlation.removeprefix("sync-").rsplit("-", 2)[0]
