"""TIDs: 13 characters that sort as the times they hold, in µs (https://atproto.com/specs/tid)."""

import re
from typing import Final

_DIGITS: Final = "234567abcdefghijklmnopqrstuvwxyz"
_TO_INT: Final = str.maketrans(_DIGITS, "0123456789abcdefghijklmnopqrstuv")
_CLOCK_BITS: Final = 10
# The first bit is 0, so the first digit is one of the lower half.
_TID: Final = re.compile(r"[2-7a-j][2-7a-z]{12}")


def is_tid(text: str) -> bool:
    """Whether `text` is a TID."""
    return _TID.fullmatch(text) is not None


def tid_us(tid: str) -> int:
    """Return the time that `tid` holds; what is no TID must not be given."""
    return int(tid.translate(_TO_INT), 32) >> _CLOCK_BITS


def tid_of(time_us: int, clock_id: int = 0) -> str:
    """Return the TID of a time; `clock_id`, below 1024, tells apart those of one microsecond."""
    left = time_us << _CLOCK_BITS | clock_id
    return "".join(_DIGITS[left >> shift & 31] for shift in range(60, -1, -5))
