"""An item that is nearly done, and what can still be done to it."""

from collections.abc import Callable, Sequence
from typing import Any

from tenantry.clients.rules.importing.names import Fields
from tenantry.clients.rules.importing.report import Node, Report


class Draft:
    """An item whose fields have their names and types; each change of it is reported."""

    def __init__(self, item: dict[str, Any], fields: Fields, node: Node, report: Report) -> None:
        self.item = item
        self._fields = fields
        self._node = node
        self._report = report

    def text(self, name: str) -> str:
        """Return a text of the item, empty where there is none."""
        value = self.item.get(name, "")
        return value if isinstance(value, str) else ""

    def add(self, name: str, value: Any, what: str) -> None:
        """Give the item a value that it had not."""
        place = self._fields.get(name) or self._node.member(name, value)
        self._report.added(place.holding(value), what)
        self.item[name] = value

    def replace(self, name: str, after: Any, what: str) -> None:
        """Give the item another value, if it is another."""
        before = self.item[name]
        if after != before:
            self._report.changed(self._place(name), what, after)
            self.item[name] = after

    def adapt(self, name: str, by: Callable[[str], str], what: str) -> None:
        """Give the item another text, if it has this one."""
        if isinstance(self.item.get(name), str):
            self.replace(name, by(self.item[name]), what)

    def leave_out(self, name: str, why: str) -> None:
        """Take a value away."""
        self._report.dropped(self._place(name), why)
        del self.item[name]

    def leave_out_empty(self, names: Sequence[str]) -> None:
        """Take away what is an empty text; what has no text has to be made up, or fails."""
        for name in names:
            if self.item.get(name) == "":
                self.leave_out(name, "an empty text names nothing")

    def _place(self, name: str) -> Node:
        return self._fields.get(name) or self._node.member(name, self.item[name])
