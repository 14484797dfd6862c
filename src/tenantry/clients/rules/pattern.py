r"""Paths of pages as React Router 6 reads them: what they answer, and which are the same.

Case and slashes at the end do not matter. `:id` is one segment, `:id?` and `edit?` may be left out,
`*` at the end is whatever follows, which may be nothing. Older files write `**` for it, and
patterns within parameters (`:id(\d+)`, `:rest*`), which are understood as they were meant.
"""

import re
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

import msgspec

SPLAT: Final = "*"

_SPLATS: Final = ("*", "**")
_PARAMETER: Final = re.compile(r":[\w-]+(\([^)]*\))?([?*+]?)(.*)", re.DOTALL)
_MAX_SHAPES: Final = 64


class Segment(msgspec.Struct, frozen=True):
    """What stands between two slashes.

    `text` is in lower case; of a parameter it is what follows that, and `within` what may stand in
    its place.
    """

    text: str
    within: str = ""
    is_parameter: bool = False
    is_optional: bool = False

    @property
    def shape(self) -> str:
        """The segment without the name of its parameter."""
        return f":{self.within}{self.text}" if self.is_parameter else self.text

    def fits(self, text: str) -> bool:
        """Whether it answers a segment of an address."""
        if self.is_parameter:
            return len(text) > len(self.text) and text.endswith(self.text)
        return text == self.text


class Pattern(msgspec.Struct, frozen=True):
    """A path that was understood; `has_rest` says that it ends in `*`."""

    segments: tuple[Segment, ...] = ()
    has_rest: bool = False

    @property
    def is_catch_all(self) -> bool:
        """Whether it answers every address."""
        return self.has_rest and all(segment.is_optional for segment in self.segments)

    @property
    def first(self) -> str:
        """The segment that every address it answers begins with, empty where they differ."""
        varies = not self.segments or self.segments[0].is_parameter or self.segments[0].is_optional
        return "" if varies else self.segments[0].text

    @property
    def shape(self) -> tuple[str, ...]:
        """What patterns share that are the same but for case, names and slashes at the end."""
        parts = (f"{each.shape}?" if each.is_optional else each.shape for each in self.segments)
        return (*parts, SPLAT) if self.has_rest else tuple(parts)

    def shapes(self) -> frozenset[tuple[str, ...]]:
        """Return the shapes there are with and without what may be left out.

        Of patterns that share one, none is more specific there than the others.
        """
        shapes: set[tuple[str, ...]] = {()}
        for segment in self.segments:
            longer = {(*shape, segment.shape) for shape in shapes}
            is_left_out = segment.is_optional and len(shapes) < _MAX_SHAPES
            shapes = shapes | longer if is_left_out else longer
        return frozenset((*shape, SPLAT) if self.has_rest else shape for shape in shapes)

    def answers(self, address: tuple[str, ...]) -> bool:
        """Whether it answers an address, which is given as `address_of` has it."""
        reached = {0}
        for segment in self.segments:
            taken = {at + 1 for at in reached if at < len(address) and segment.fits(address[at])}
            reached = reached | taken if segment.is_optional else taken
        return bool(reached) if self.has_rest else len(address) in reached


@lru_cache(maxsize=4_096)
def pattern_of(path: str) -> Pattern:
    """Return what a path means."""
    parts = [part for part in path.strip().split("/") if part]
    if not parts:
        return Pattern()

    last = parts[-1]
    if last in _SPLATS:
        return Pattern(tuple(map(_segment, parts[:-1])), has_rest=True)
    if not last.endswith(SPLAT):
        return Pattern(tuple(map(_segment, parts)), has_rest=_is_repeated(last))
    whole = last if _is_repeated(last) else last.rstrip(SPLAT)
    return Pattern(tuple(map(_segment, [*parts[:-1], whole])), has_rest=True)


def address_of(link: str) -> tuple[str, ...]:
    """Return the segments of a link, without its query and fragment."""
    address = re.split(r"[?#]", link.strip(), maxsplit=1)[0]
    return tuple(unquote(part).lower() for part in address.split("/") if part)


def _segment(part: str) -> Segment:
    parameter = _PARAMETER.fullmatch(part)
    if parameter is None:
        return Segment(part.lower().removesuffix("?"), is_optional=part.endswith("?"))

    within, mark, rest = parameter.groups()
    return Segment(
        rest.lower(), within=within or "", is_parameter=True, is_optional=mark in ("?", "*")
    )


def _is_repeated(part: str) -> bool:
    parameter = _PARAMETER.fullmatch(part)
    return parameter is not None and parameter[2] in ("*", "+")
