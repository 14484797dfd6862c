"""The routes of an application by where their paths begin, each part of them built when asked."""

from collections.abc import Callable, Sequence
from itertools import chain
from typing import Final, NamedTuple, TypeAlias

from litestar import Litestar, Router
from litestar.handlers import BaseRouteHandler
from litestar.types import ControllerRouterHandler

# Many things stand behind these, so what follows tells them apart.
_SHARED: Final = frozenset({"api", "v1"})


class Prefixed(NamedTuple):
    """Handlers whose paths all begin with `prefix`, made when one of them is asked for."""

    prefix: str
    make: Callable[[], Sequence[ControllerRouterHandler]]


Handler: TypeAlias = "ControllerRouterHandler | Prefixed"
"""One handler or router, or some under a prefix."""

Handlers: TypeAlias = "Sequence[Handler]"
"""What an application is made of."""


class Sections:
    """Serves `handlers`, in one application for each section of the paths, from `build`.

    The framework takes half a millisecond for a route. A section is built by the first request for
    it, so a process is ready at once, and a command that sends one request pays for few routes.
    """

    def __init__(
        self,
        handlers: Handlers,
        *,
        build: Callable[[Sequence[ControllerRouterHandler]], Litestar],
    ) -> None:
        self._handlers: dict[str, list[Handler]] = {}
        self._build = build
        self._built: dict[str, Litestar] = {}
        for handler in handlers:
            for section in {_section_of(path) for path in _paths_of(handler)}:
                self._handlers.setdefault(section, []).append(handler)

    def serving(self, path: str) -> Litestar:
        """Return the application that answers at `path`, be it that nothing is there."""
        section = _section_of(path)
        if section not in self._handlers:
            section = ""
        if section not in self._built:
            self._built[section] = self._build(made(self._handlers.get(section, [])))
        return self._built[section]


def made(handlers: Handlers) -> list[ControllerRouterHandler]:
    """Return the handlers, those that are made when they are asked for among them."""
    return list(chain.from_iterable(h.make() if isinstance(h, Prefixed) else [h] for h in handlers))


def _section_of(path: str) -> str:
    # As the framework reads a path: slashes too many do not count.
    first, second, *_ = [*(part for part in path.split("/") if part), "", ""]
    return f"{first}/{second}" if first in _SHARED else first


def _paths_of(handler: Handler) -> set[str]:
    if isinstance(handler, Prefixed):
        return {handler.prefix}
    if isinstance(handler, Router):
        return {route.path for route in handler.routes}
    if isinstance(handler, BaseRouteHandler):
        return handler.paths
    raise TypeError(f"{handler!r} is neither a route handler nor a router")
