"""Decisions about clients: pure, without I/O, clock or chance.

What a declaration says is parsed and brought into normal form here, and written again from what is
stored. Nothing here reads a file, and nothing tells a secret.
"""

from tenantry.clients.rules.access import (
    access_diff,
    roles_of,
    visible,
)
from tenantry.clients.rules.canonical import (
    exported,
    in_order,
)
from tenantry.clients.rules.diff import (
    field_changes,
)
from tenantry.clients.rules.drift import (
    drift,
)
from tenantry.clients.rules.events import (
    counts_of,
    events_of,
)
from tenantry.clients.rules.evolution import (
    after,
    digest_of,
    fold,
)
from tenantry.clients.rules.guards import (
    guards_of,
)
from tenantry.clients.rules.json_value import (
    as_json,
)
from tenantry.clients.rules.lint import (
    lint,
    lint_declared,
)
from tenantry.clients.rules.normal import (
    desired_of,
    normal,
    source_digest_of,
)
from tenantry.clients.rules.ownership import (
    owners_of,
)
from tenantry.clients.rules.parse import (
    json_schema,
    key_of,
    parse,
    parse_leniently,
)
from tenantry.clients.rules.people import (
    KnownUser,
    masked_email,
    plan_users,
    roles_of_user,
)
from tenantry.clients.rules.placeholders import (
    check_given,
    fill,
    names_in,
    resolve,
)
from tenantry.clients.rules.planning import (
    changes_of_fields,
    changes_of_items,
    hash_of,
    plan_client,
)
from tenantry.clients.rules.preview import (
    preview,
    variables_after,
)
from tenantry.clients.rules.reactory import (
    imported,
    originals_in,
)
from tenantry.clients.rules.resolving import (
    adopt,
    revert,
)
from tenantry.clients.rules.rollback import (
    desired_from,
)
from tenantry.clients.rules.sarif import (
    sarif,
)
from tenantry.clients.rules.sealing import (
    canonical_json,
    digest_in,
)

__all__ = [
    "KnownUser",
    "access_diff",
    "adopt",
    "after",
    "as_json",
    "canonical_json",
    "changes_of_fields",
    "changes_of_items",
    "check_given",
    "counts_of",
    "desired_from",
    "desired_of",
    "digest_in",
    "digest_of",
    "drift",
    "events_of",
    "exported",
    "field_changes",
    "fill",
    "fold",
    "guards_of",
    "hash_of",
    "imported",
    "in_order",
    "json_schema",
    "key_of",
    "lint",
    "lint_declared",
    "masked_email",
    "names_in",
    "normal",
    "originals_in",
    "owners_of",
    "parse",
    "parse_leniently",
    "plan_client",
    "plan_users",
    "preview",
    "resolve",
    "revert",
    "roles_of",
    "roles_of_user",
    "sarif",
    "source_digest_of",
    "variables_after",
    "visible",
]
