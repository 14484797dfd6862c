"""When two spellings are of the same name."""

import unicodedata


def folded(name: str) -> str:
    """Return what two spellings of the same e-mail address or user name have in common."""
    # Once more behind it: what is folded may be two characters that are one with a third.
    folded_once = unicodedata.normalize("NFKC", name).casefold()
    return unicodedata.normalize("NFKC", folded_once)
