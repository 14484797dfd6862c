"""To be described."""

from tenantry.clients.rules.diff import field_changes
from tenantry.clients.rules.drift import drift
from tenantry.clients.rules.events import counts_of, events_of
from tenantry.clients.rules.evolution import after, digest_of, fold
from tenantry.clients.rules.guards import guards_of
from tenantry.clients.rules.ownership import owners_of
from tenantry.clients.rules.people import KnownUser, masked_email, plan_users, roles_of_user
from tenantry.clients.rules.planning import (
    changes_of_fields,
    changes_of_items,
    hash_of,
    plan_client,
)
from tenantry.clients.rules.preview import preview
from tenantry.clients.rules.resolving import adopt, revert
from tenantry.clients.rules.rollback import desired_from

__all__ = [
    "KnownUser",
    "adopt",
    "after",
    "changes_of_fields",
    "changes_of_items",
    "counts_of",
    "desired_from",
    "digest_of",
    "drift",
    "events_of",
    "field_changes",
    "fold",
    "guards_of",
    "hash_of",
    "masked_email",
    "owners_of",
    "plan_client",
    "plan_users",
    "preview",
    "revert",
    "roles_of_user",
]
