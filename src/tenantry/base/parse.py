"""From the text of a setting to its value; `ValueError` where it is none."""

import re
from collections.abc import Callable
from pathlib import Path

from tenantry.base.secret import Secret

_TRUE = frozenset({"true", "1", "yes", "on"})
_FALSE = frozenset({"false", "0", "no", "off"})


class WrongValue(ValueError):
    """A value is wrong in a way that deserves its own words: `wants` says what to write."""

    def __init__(self, wants: str) -> None:
        super().__init__(wants)
        self.wants = wants


def boolean(text: str) -> bool:
    """Read true or false, 1 or 0, yes or no, on or off."""
    lowered = text.lower()
    if lowered not in _TRUE | _FALSE:
        raise ValueError
    return lowered in _TRUE


def integer(low: int, high: int) -> Callable[[str], int]:
    """Return a parser of an integer from `low` to `high`."""

    def parse(text: str) -> int:
        number = int(text) if re.fullmatch(r"[+-]?\d{1,18}", text, re.ASCII) else low - 1
        if not low <= number <= high:
            raise ValueError
        return number

    return parse


def number(low: float, high: float) -> Callable[[str], float]:
    """Return a parser of a number from `low` to `high`."""

    def parse(text: str) -> float:
        number = float(text)
        if not low <= number <= high:  # also false for nan
            raise ValueError
        return number

    return parse


def choice(*choices: str) -> Callable[[str], str]:
    """Return a parser of one of `choices`, in any case."""

    def parse(text: str) -> str:
        if text.lower() not in choices:
            raise ValueError
        return text.lower()

    return parse


def secret(text: str) -> Secret:
    """Read any text as what nobody may see."""
    return Secret(text.encode())


def host(text: str) -> str:
    """Read a host name or an IP address, an IPv6 one with or without brackets."""
    bare = text.removeprefix("[").removesuffix("]")
    if not re.fullmatch(r"[A-Za-z0-9._:%-]+", bare):
        raise ValueError
    return bare


def path(text: str) -> Path:
    """Read a path; `~` is the home folder."""
    if "\0" in text:
        raise ValueError
    try:
        return Path(text).expanduser()
    except RuntimeError as error:
        raise ValueError from error
