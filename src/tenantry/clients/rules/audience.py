"""Roles: whom a list of them means.

Whoever has any role but `ANON` has logged in, and so has `USER` as well.
"""

from collections.abc import Collection, Iterable

from tenantry.clients.model import ANON, EVERYBODY, USER


def held(roles: Iterable[str]) -> frozenset[str]:
    """Return all roles that somebody has to whom these were given: `ANON` where none were."""
    given = frozenset(roles) or frozenset({ANON})
    return given if given == {ANON} else given | {USER}


def admits(named: Collection[str], holding: frozenset[str]) -> bool:
    """Whether `named` roles mean somebody who is `holding` these; no roles mean nobody."""
    return EVERYBODY in named or not holding.isdisjoint(named)


def audience(named: Collection[str], everyone: frozenset[str]) -> frozenset[str]:
    """Return which of the roles there are, `everyone`, are meant by those that are `named`."""
    if EVERYBODY in named:
        return everyone
    if USER in named:
        return everyone if ANON in named else everyone - {ANON}
    return everyone.intersection(named)


def in_order(roles: Iterable[str]) -> tuple[str, ...]:
    """Return roles as they are told: `ANON` first, then by name; `*` is none."""
    return tuple(sorted(set(roles) - {EVERYBODY}, key=lambda role: (role != ANON, role)))
