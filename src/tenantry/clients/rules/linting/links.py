"""Where menu entries lead."""

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import Final

from tenantry.clients.model import ANON, USER
from tenantry.clients.rules.audience import in_order
from tenantry.clients.rules.linting.document import Document, Line
from tenantry.clients.rules.linting.rule import Found
from tenantry.clients.rules.pattern import address_of

# Of no page: other schemes (http:, mailto:, event:), other hosts, a place on the same page, and
# what begins with a placeholder, which may be any of these.
_ELSEWHERE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//|[#?]|\$\{")
_PLACEHOLDER: Final = re.compile(r"\$\{[^}]*\}")


def check_links(document: Document) -> Iterator[Found]:
    """Yield the entries whose links are relative, dead, or not for those who see them."""
    for line in document.lines:
        link = line.node.text("link").strip()
        if not link or line.is_external or is_elsewhere(link):
            continue

        if not link.startswith("/"):
            yield Found(
                code="relative-path",
                path=line.node.at("link"),
                message=f"the link {link} does not begin with a slash",
                fix=f"/{link}",
            )
        # Without routes of its own, the document says nothing of what answers.
        if document.root.has("routes") and line.is_enabled:
            yield from _check_target(document, line, link)


def is_elsewhere(link: str) -> bool:
    """Whether it leads to no page of the client."""
    return _ELSEWHERE.match(link) is not None


def _check_target(document: Document, line: Line, link: str) -> Iterator[Found]:
    address = address_of(_PLACEHOLDER.sub("x", link))
    answers = [page for page in document.answering(address) if not page.is_fallback]
    if not answers:
        yield Found(code="dead-link", path=line.node.at("link"), message=f"no route answers {link}")
        return

    seen_by = line.seen_by(document.everyone)
    shut_out = {role for role in seen_by if not any(page.opens(role) for page in answers)}
    if shut_out:
        roles = ", ".join(in_order(_telling(shut_out, line)))
        yield Found(
            code="unreachable-for-role",
            path=line.node.at("link"),
            message=f"{roles} may see this, but not open {link}",
        )


def _telling(roles: AbstractSet[str], line: Line) -> Iterator[str]:
    """Yield those that are named, and `USER` for all who only see the entry as they have it too."""
    named = line.node.roles() or line.above[0].roles()
    for role in roles:
        if role in (ANON, USER, *named) or USER not in roles:
            yield role
