"""Whether a text is one SQL statement that only reads.

It finds mistakes, and what nobody writes by mistake; what holds is that a source's transaction
cannot write. Where two databases would read a text differently, it is refused.
"""

import re
from typing import Final

MAX_QUERY_CHARACTERS: Final = 20_000

_TOKEN: Final = re.compile(
    r"""
      '(?:[^'\\]|'')*'            # text; a backslash ends it for some databases only
    | "(?:[^"\\]|"")*"            # a name
    | `[^`\\]*`                   # a name, as MySQL writes it
    | \[[^][\\'"`]*\]             # a name, as SQL Server writes it, or a place in an array
    | --|/\*|\$\w*\$              # what hides the rest from one who reads on
    | [A-Za-z_][A-Za-z0-9_$]*
    | [^\s]
    """,
    re.VERBOSE | re.ASCII,
)
_HIDING: Final = re.compile(r"--|/\*|\$\w*\$", re.ASCII)
_WRITING: Final = re.compile(
    "alter|attach|call|create|delete|detach|drop|exec|execute|grant|insert|into|merge|revoke|"
    "truncate|update|vacuum",
    re.IGNORECASE,
)


def why_no_query(text: str) -> str:
    """Return what is wrong with `text` as a query, "" where it is a single SELECT or WITH."""
    words = _TOKEN.findall(text)
    if not words or words[0].lower() not in ("select", "with"):
        return "a statement that begins with neither"

    depth = 0
    for index, word in enumerate(words):
        if word == ";" and index < len(words) - 1:
            return "more than one statement"
        if word in ("'", '"', "`"):
            return "a text or a name that does not end, or has a backslash"
        if _HIDING.fullmatch(word):
            return f"{word}, which is a comment or a quotation of one database alone"
        if _WRITING.fullmatch(word):
            return f"the word {word.upper()}, which reads nothing; quote it where it is a name"
        depth += (word == "(") - (word == ")")
        if depth < 0:
            break
    return "brackets that do not pair" if depth else ""


def trimmed(query: str) -> str:
    """Return a query without blanks around it and the semicolon at its end."""
    return query.strip().removesuffix(";").rstrip()
