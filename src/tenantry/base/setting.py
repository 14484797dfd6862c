"""What a setting is: its name, its kind and its meaning, and what is wrong with a value of it."""

import re
from collections.abc import Callable
from typing import Any

import msgspec

from tenantry.base import parse
from tenantry.base.errors import Invalid
from tenantry.base.secret import REDACTED, hidden

_SHOWN_CHARACTERS = 64


class Problem(msgspec.Struct, frozen=True):
    """One thing that is wrong: which variable, where it was set, what it got and what it wants."""

    variable: str
    source: str
    got: str
    wants: str

    def __str__(self) -> str:
        return f"{self.variable} ({self.source}): got {self.got}, wants {self.wants}"


class SettingsError(Invalid):
    """The settings cannot be used; `problems` has every reason."""

    default_code = "invalid_settings"

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        count = "1 setting is" if len(problems) == 1 else f"{len(problems)} settings are"
        super().__init__(
            "\n".join([f"{count} wrong:", *(f"  {problem}" for problem in problems)]),
            details={"problems": [msgspec.to_builtins(problem) for problem in problems]},
        )
        self.problems = problems


class Kind(msgspec.Struct, frozen=True):
    """A kind of value: its name, what reads it, and what to write.

    `parse` raises `ValueError` for text that is none; a `WrongValue` brings words of its own.
    `mask` makes of a secret value what may be shown of it: nothing, if it is not given.
    """

    name: str
    parse: Callable[[str], Any]
    wants: str
    mask: Callable[[str], str] = hidden

    @staticmethod
    def text() -> "Kind":
        """Any text."""
        return Kind("text", str, "text")

    @staticmethod
    def secret() -> "Kind":
        """Any text, read as a `Secret`."""
        return Kind("secret", parse.secret, "text")

    @staticmethod
    def boolean() -> "Kind":
        """True or false, 1 or 0, yes or no, on or off."""
        return Kind("boolean", parse.boolean, "true or false")

    @staticmethod
    def integer(low: int, high: int) -> "Kind":
        """An integer of this range."""
        return Kind("integer", parse.integer(low, high), f"an integer from {low} to {high}")

    @staticmethod
    def number(low: float, high: float, *, of: str = "") -> "Kind":
        """A number of this range; `of` is the unit to tell, such as `seconds`."""
        what = f"a number of {of}" if of else "a number"
        return Kind("number", parse.number(low, high), f"{what} from {low:g} to {high:g}")

    @staticmethod
    def choice(*choices: str) -> "Kind":
        """One of these, which are lower-case, in any case."""
        names = " or ".join([", ".join(choices[:-1]), choices[-1]] if choices[1:] else choices)
        return Kind("choice", parse.choice(*choices), names)

    @staticmethod
    def host() -> "Kind":
        """A host name or an IP address."""
        return Kind("host", parse.host, "a host name or an IP address")

    @staticmethod
    def path(what: str = "file") -> "Kind":
        """The path of a file, or of what else is said."""
        return Kind("path", parse.path, f"the path of a {what}")


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """A variable that can be set.

    `default` is text too, and empty where there is none or where it depends on other settings;
    `flag` is the option of a command that overrides it.
    """

    variable: str
    kind: Kind
    default: str = ""
    meaning: str
    flag: str | None = None
    is_secret: bool = False
    is_required: bool = False

    @property
    def field(self) -> str:
        """The name of the field that holds its value."""
        return self.variable.lower()

    def read(self, text: str, *, source: str) -> Any:
        """Return the value of `text`; raises `SettingsError` with the one problem it has."""
        try:
            if not text.strip():
                raise ValueError  # noqa: TRY301 - empty is refused like any other wrong value
            return self.kind.parse(text.strip())
        except ValueError as error:
            wants = error.wants if isinstance(error, parse.WrongValue) else self.kind.wants
            problem = Problem(self.variable, source, self._shown(text), wants)
        # Not from the error, whose message may hold a secret.
        raise SettingsError((problem,))

    def show(self, value: Any) -> str:
        """Return `value` as text that may be logged."""
        if value is None:
            return ""
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, tuple):
            return ",".join(map(self.kind.mask, value) if self.is_secret else value)
        if isinstance(value, dict):
            return ",".join(f"{name}={item}" for name, item in value.items())
        return self.kind.mask(str(value)) if self.is_secret else str(value)

    def _shown(self, text: str) -> str:
        """Return of a wrong text what may be told of it."""
        if not text.strip():
            return "an empty value"
        if not self.is_secret:
            is_short = len(text) <= _SHOWN_CHARACTERS
            return repr(text if is_short else f"{text[:_SHOWN_CHARACTERS]}…")
        scheme, separator, _ = text.partition("://")
        is_scheme = separator and re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]{0,20}", scheme)
        return f"{scheme}://{REDACTED}" if is_scheme else REDACTED
