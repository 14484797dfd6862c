"""Who shall be able to log in to a client; nobody is ever sent away."""

from collections.abc import Mapping, Sequence

import msgspec

from tenantry.clients.model import (
    ANON,
    USER,
    CollectionPlan,
    Counts,
    DeclaredUser,
    FieldChange,
    ItemChange,
)

_JOINS = "existing user: only the membership is added"
_ROLES = "existing user: only the roles in this client change"


class KnownUser(msgspec.Struct, frozen=True, kw_only=True):
    """A person that there is already; `roles` are those in this client, None where there are none.

    They may be known to another tenant only: then they are no member of this one.
    """

    user_id: str
    is_member: bool
    roles: tuple[str, ...] | None = None


def plan_users(
    declared: Sequence[DeclaredUser] | None, known: Mapping[str, KnownUser]
) -> CollectionPlan:
    """Return who is new and whose roles change; `known` are people by their folded e-mail."""
    if declared is None:
        return CollectionPlan(is_managed=False)

    changes = [_change(user, known.get(user.email)) for user in declared]
    actions = [change.action for change in changes if change is not None]
    return CollectionPlan(
        changes=tuple(change for change in changes if change is not None),
        counts=Counts(
            added=actions.count("added"),
            updated=actions.count("updated"),
            unchanged=len(changes) - len(actions),
        ),
    )


def roles_of_user(user: DeclaredUser) -> tuple[str, ...]:
    """Return the roles that somebody has: who may log in has `USER` too, unless ANON is all."""
    roles = set(user.roles)
    return (ANON,) if roles == {ANON} else tuple(sorted(roles | {USER}))


def masked_email(email: str) -> str:
    """Return an e-mail address as it may be shown: `a***@example.com`."""
    name, at, domain = email.rpartition("@")
    return f"{name[:1]}***{at}{domain}" if at else f"{email[:1]}***"


def _change(user: DeclaredUser, person: KnownUser | None) -> ItemChange | None:
    identity, roles = masked_email(user.email), list(roles_of_user(user))
    if person is None:
        added = (FieldChange(path="roles", after=roles),)
        return ItemChange(action="added", identity=identity, fields=added)

    before = None if person.roles is None else sorted(set(person.roles))
    if not person.is_member or before is None:
        joined = (FieldChange(path="roles", after=roles),)
        return ItemChange(
            action="updated", identity=identity, id=person.user_id, fields=joined, note=_JOINS
        )
    if before == roles:
        return None
    changed = (FieldChange(path="roles", before=before, after=roles),)
    return ItemChange(
        action="updated", identity=identity, id=person.user_id, fields=changed, note=_ROLES
    )
