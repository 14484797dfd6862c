"""What somebody gives as the name of a row, a run or a table."""

import re
from typing import Final

MAX_ID_CHARACTERS: Final = 64
_ID: Final = re.compile(r"[!-~]{1,64}")


def plain(text: str) -> str:
    """Return a name as it can be looked for and shown: short, and without what no name has."""
    return text[:MAX_ID_CHARACTERS].replace("\0", "\N{REPLACEMENT CHARACTER}")


def is_id(text: str) -> bool:
    """Whether a row may have this id."""
    return _ID.fullmatch(text) is not None
