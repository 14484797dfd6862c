"""Pages that get in each other's way, and pages that every client needs."""

from collections.abc import Iterator
from typing import Final

from tenantry.clients.model import ANON
from tenantry.clients.rules.audience import in_order
from tenantry.clients.rules.linting.document import Document, Page
from tenantry.clients.rules.linting.rule import Found

_LOGIN: Final = ("login", "log-in", "signin", "sign-in")
_CATCH_ALL: Final = ("*", "**")


def relative_routes(document: Document) -> Iterator[Found]:
    """Yield each route whose path does not begin with a slash; `*` alone is one that need not."""
    for page in document.pages:
        path = page.node.text("path").strip()
        if not path.startswith(("/", "${")) and path not in _CATCH_ALL:
            yield Found(
                code="relative-path",
                path=page.node.at("path"),
                message=f"the path {path} does not begin with a slash",
                fix=f"/{path}",
            )


def ambiguous_routes(document: Document) -> Iterator[Found]:
    """Yield each route that a role may open as well as one before it that answers the same.

    The same path split by role is legal. So a public route is taken to be for the roles it names.
    """
    by_shape: dict[tuple[str, ...], list[tuple[Page, frozenset[str]]]] = {}
    for page in document.pages:
        roles, shapes = page.meant_for(document.everyone), page.pattern.shapes()
        rivals = [
            (rival, roles & others)
            for shape in shapes
            for rival, others in by_shape.get(shape, ())
            if roles & others
        ]
        if rivals:
            yield _ambiguous(page, *rivals[0])
        for shape in shapes:
            by_shape.setdefault(shape, []).append((page, roles))


def missing_pages(document: Document) -> Iterator[Found]:
    """Yield what says that there is no page to log in, or none for what is not found."""
    if not document.root.has("routes"):
        return

    if not any(page.opens(ANON) and _is_login(page) for page in document.pages):
        yield Found(
            code="missing-login",
            path="$.routes",
            message="no route that ANON may open answers /login",
        )
    if not any(page.pattern.is_catch_all or page.is_not_found for page in document.pages):
        yield Found(
            code="missing-not-found",
            path="$.routes",
            message="no route answers addresses that no other one answers",
            fix='add a route with the path "*"',
        )


def _ambiguous(page: Page, rival: Page, roles: frozenset[str]) -> Found:
    who, path = ", ".join(in_order(roles)), page.node.text("path")
    return Found(
        code="ambiguous-route",
        path=page.node.at("path"),
        message=f"{who} may open {rival.node.path} ({rival.name}) at {path} as well",
    )


def _is_login(page: Page) -> bool:
    """Whether it is a page to log in: by its path, its key or the name of its component."""
    segments = {segment.text for segment in page.pattern.segments if not segment.is_parameter}
    component = page.node.text("componentFqn").partition("@")[0].rpartition(".")[2]
    words = (page.node.text("key").lower(), component.lower())
    return not segments.isdisjoint(_LOGIN) or any(name in word for name in _LOGIN for word in words)
