"""The checks of the linter, a module for each family of them.

Each takes a `Document`, which need not be valid, and yields what it has found. None raises, and
none asks anybody but the document.
"""

from tenantry.clients.rules.linting.args import check_args
from tenantry.clients.rules.linting.components import check_components
from tenantry.clients.rules.linting.document import Document
from tenantry.clients.rules.linting.fields import unknown_fields
from tenantry.clients.rules.linting.keys import duplicate_keys, duplicate_ordinals
from tenantry.clients.rules.linting.links import check_links
from tenantry.clients.rules.linting.roles import public_contradictions, undeclared_roles
from tenantry.clients.rules.linting.routing import (
    ambiguous_routes,
    missing_pages,
    relative_routes,
)
from tenantry.clients.rules.linting.rule import RULES, Found, Rule

__all__ = [
    "RULES",
    "Document",
    "Found",
    "Rule",
    "ambiguous_routes",
    "check_args",
    "check_components",
    "check_links",
    "duplicate_keys",
    "duplicate_ordinals",
    "missing_pages",
    "public_contradictions",
    "relative_routes",
    "undeclared_roles",
    "unknown_fields",
]
