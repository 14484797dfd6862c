"""Questions to whoever sits at the terminal; they go to standard error, beside the output."""

import sys
from getpass import getpass

from tenantry.base.errors import Invalid

# A terminal's line ends here, and what was typed behind it is lost without a word.
_LONGEST_LINE = 4_095


def is_anybody_there() -> bool:
    """Whether standard input is a terminal, so that a question may be answered."""
    return sys.stdin.isatty()


def ask_secret(question: str) -> str:
    """Ask for a line that is not shown while it is typed; raises `Invalid` where none comes."""
    try:
        answer = getpass(f"{question}: ", stream=sys.stderr)
    except EOFError:
        answer = ""
    except UnicodeDecodeError:
        # Whatever it says, it says about what nobody may see.
        raise Invalid(field=question, got="bytes that are not UTF-8", wants="UTF-8") from None

    if not answer:
        raise Invalid(field=question, got="nothing", wants="a line of text")
    if len(answer.encode("utf-8", "surrogateescape")) >= _LONGEST_LINE:
        raise Invalid(
            field=question,
            got="more than a terminal's line holds",
            wants="standard input or a file for as much as that",
        )
    return answer


def is_confirmed(question: str) -> bool:
    """Ask a question, and return whether the answer is yes."""
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)  # noqa: T201 - its purpose
    return sys.stdin.readline().strip().lower() in ("y", "yes")
