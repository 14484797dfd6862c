"""What a command tells the program that called it."""

from enum import IntEnum


class ExitCode(IntEnum):
    """The exit codes of every command."""

    DONE = 0
    """It is done, or there was nothing to do."""

    ERROR = 1
    """It could not be done, or what was checked is not as it should be."""

    CHANGES_PENDING = 2
    """Nothing was changed, and something would be, or is different."""

    WRONG_USAGE = 64
    """The command line itself is wrong."""
