"""The few elements of SVG that the plot is made of; attributes only, so that any CSP allows it."""

from collections.abc import Sequence
from html import escape
from typing import Final, TypeAlias

Point: TypeAlias = tuple[float, float]

INK: Final = "#1f2933"
MUTED: Final = "#6b7785"
OBSERVED: Final = "#3b7dd8"
DECLARED: Final = "#e07b00"
BAD: Final = "#c0392b"
_RULE: Final = "#d8dee6"


class Canvas:
    """Elements in the order in which they are drawn."""

    def __init__(self) -> None:
        self._elements = list[str]()

    def text(
        self, at: Point, text: str, *, fill: str = INK, size: int = 11, anchor: str = "start"
    ) -> None:
        """Write a line that begins, or with anchor `end` ends, at a point."""
        self._elements.append(
            f'<text x="{_number(at[0])}" y="{_number(at[1])}" font-size="{size}" fill="{fill}" '
            f'text-anchor="{anchor}">{escape(text)}</text>'
        )

    def bar(self, at: Point, width: float, height: float, *, fill: str = OBSERVED) -> None:
        """Draw a bar from its upper left corner."""
        self._elements.append(
            f'<rect x="{_number(at[0])}" y="{_number(at[1])}" width="{_number(max(width, 0))}" '
            f'height="{_number(height)}" fill="{fill}"/>'
        )

    def line(self, start: Point, end: Point, *, stroke: str = _RULE, width: float = 1) -> None:
        """Draw a straight line."""
        self._elements.append(
            f'<line x1="{_number(start[0])}" y1="{_number(start[1])}" x2="{_number(end[0])}" '
            f'y2="{_number(end[1])}" stroke="{stroke}" stroke-width="{_number(width)}"/>'
        )

    def curve(self, points: Sequence[Point], *, stroke: str, is_dashed: bool = False) -> None:
        """Draw a line through points."""
        path = " ".join(f"{_number(x)},{_number(y)}" for x, y in points)
        dashes = ' stroke-dasharray="4 3"' if is_dashed else ""
        self._elements.append(
            f'<polyline points="{path}" fill="none" stroke="{stroke}" stroke-width="1.5"{dashes}/>'
        )

    def svg(self, width: float, height: float, *, title: str) -> str:
        """Return the whole as one document."""
        size = f"{_number(width)} {_number(height)}"
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" '
            f'width="{_number(width)}" height="{_number(height)}" role="img" '
            'font-family="system-ui, sans-serif">'
        )
        ground = f'<rect width="{_number(width)}" height="{_number(height)}" fill="#ffffff"/>'
        title = f"<title>{escape(title)}</title>"
        return "\n".join((head, title, ground, *self._elements, "</svg>", ""))


def _number(value: float) -> str:
    """Return a coordinate, as short as it goes."""
    return f"{value:.1f}".removesuffix(".0")
