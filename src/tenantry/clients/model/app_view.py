"""What a front end gets to see of its client."""

from typing import Any

import msgspec


class AppView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A client as somebody with certain roles sees it, by the names that front ends know.

    Routes and menus are those that they may see, as JSON with their ids and without roles: who else
    may see them is nobody's business. `theme` is the one that the client names, with its `name`.
    Placeholders are still in it.
    """

    key: str
    name: str
    theme: dict[str, Any] = {}
    theme_options: dict[str, Any] = {}
    routes: tuple[dict[str, Any], ...] = ()
    menus: tuple[dict[str, Any], ...] = ()
