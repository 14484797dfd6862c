"""One object of a setting, read field by field; what is wrong is named by its whole path."""

import difflib
from collections.abc import Mapping
from typing import Any, Final, Generic, NoReturn, TypeVar, cast

from tenantry.base.errors import Invalid

T = TypeVar("T")

_SHOWN_CHARACTERS: Final = 60
_KINDS: Final[Mapping[type, str]] = {
    type(None): "null",
    dict: "an object",
    list: "a list",
    tuple: "a list",
    bool: "true or false",
}


class Needed(Generic[T]):
    """In the place of a default: the field must be there."""


NEEDED: Final = Needed[Any]()


class Fields:
    """The fields of an object; `finish` refuses those that nobody has asked for."""

    def __init__(self, value: Any, *, path: str, wants: str) -> None:
        if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
            refuse(path or "source", value, wants)
        self._value = cast("Mapping[str, Any]", value)
        self._path = path
        self._known: list[str] = []

    def path(self, name: str) -> str:
        """Return the whole path of a field."""
        return f"{self._path}.{name}" if self._path else name

    def has(self, name: str) -> bool:
        """Whether a field is there."""
        return name in self._value

    def raw(self, name: str, default: Any = NEEDED, *, wants: str) -> Any:
        """Return a field as it is."""
        self._known.append(name)
        if name in self._value:
            return self._value[name]
        if default is NEEDED:
            told = f"{self.path(name)}: is missing, wants {wants}"
            raise Invalid(told, field=self.path(name), wants=wants)
        return default

    def text(
        self, name: str, default: Any = NEEDED, *, wants: str, most: int, is_private: bool = False
    ) -> Any:
        """Return a field that is a text of 1 to `most` printable characters."""
        value = self.raw(name, default, wants=wants)
        if value is default:
            return default
        check_text(self.path(name), value, wants=wants, most=most, is_private=is_private)
        return value

    def choice(self, name: str, default: T | Needed[T], *choices: T) -> T:
        """Return a field that is one of `choices`."""
        wants = " or ".join(str(choice) for choice in choices)
        value = self.raw(name, default, wants=wants)
        if value not in choices or isinstance(value, bool):
            refuse(self.path(name), value, wants)
        return cast("T", value)

    def number(self, name: str, default: float, *, least: float, most: float) -> float:
        """Return a field that is a number from `least` to `most`."""
        wants = f"a number from {least:g} to {most:g}"
        value = self.raw(name, default, wants=wants)
        if isinstance(value, bool) or not isinstance(value, int | float):
            refuse(self.path(name), value, wants)
        if not least <= value <= most:  # also false for nan
            refuse(self.path(name), value, wants)
        return float(value)

    def count(self, name: str, default: int, *, least: int, most: int) -> int:
        """Return a field that is a whole number from `least` to `most`."""
        wants = f"a whole number from {least} to {most}"
        value = self.raw(name, default, wants=wants)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            refuse(self.path(name), value, wants)
        return value

    def flag(self, name: str, *, default: bool) -> bool:
        """Return a field that is true or false."""
        value = self.raw(name, default, wants="true or false")
        if not isinstance(value, bool):
            refuse(self.path(name), value, "true or false")
        return value

    def items(self, name: str, *, wants: str, most: int) -> list[Any]:
        """Return a field that is a list of 1 to `most` items."""
        value = self.raw(name, wants=wants)
        if not isinstance(value, list | tuple):
            refuse(self.path(name), value, wants)
        if not 1 <= len(value) <= most:
            refuse(self.path(name), value, wants, shown=f"{len(value)} items")
        return list(value)

    def finish(self) -> None:
        """Refuse every field that was not asked for."""
        for name in self._value:
            if name not in self._known:
                wants = f"one of {', '.join(self._known)}"
                if near := difflib.get_close_matches(name, self._known, n=1):
                    wants = f"{near[0]}"
                path = self.path(short(name))
                told = f"{path}: there is no such field, wants {wants}"
                raise Invalid(told, field=path, wants=wants)


def check_text(path: str, value: Any, *, wants: str, most: int, is_private: bool = False) -> None:
    """Refuse what is no text of 1 to `most` printable characters."""
    if not isinstance(value, str):
        refuse(path, value, wants, shown="what is no text" if is_private else None)
    if not 1 <= len(value) <= most:
        refuse(path, value, wants, shown=f"{len(value)} characters")
    if not value.isprintable():
        refuse(path, value, wants, shown="text with characters that cannot be printed")


def refuse(path: str, value: Any, wants: str, *, shown: str | None = None) -> NoReturn:
    """Raise `Invalid` for a field; `shown` is told in the place of a value that is private."""
    got = shown if shown is not None else _shown(value)
    raise Invalid(
        f"{path}: got {got}, wants {wants}",
        field=path,
        wants=wants,
        details={"field": path, "got": got, "wants": wants},
    )


def short(text: str) -> str:
    """Return what can be told of a text: its beginning, in printable characters."""
    cut = text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"
    return "".join(character if character.isprintable() else "?" for character in cut)


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return f'"{short(value)}"'
    if isinstance(value, int | float) and not isinstance(value, bool):
        return short(str(value))
    return _KINDS.get(type(value), f"a {type(value).__name__}")
