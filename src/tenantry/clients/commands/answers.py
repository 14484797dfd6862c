"""What a server answers about clients, as commands print it."""

from collections.abc import Mapping
from typing import Any

import msgspec

from tenantry.clients.model import AllCounts, ItemError, PlannedClient


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What every command that plans or applies says of a client, in this order, whatever else."""

    key: str
    revision: int = 0
    changed: bool = False
    counts: AllCounts = AllCounts()
    errors: tuple[ItemError, ...] = ()


def document_of(answer: msgspec.Raw) -> Mapping[str, Any]:
    """Return what became of a client as a program reads it: nothing of an `Outcome` left out."""
    told: dict[str, Any] = msgspec.json.decode(answer)
    outcome = msgspec.to_builtins(msgspec.convert(told, Outcome))
    return {**outcome, **{name: value for name, value in told.items() if name not in outcome}}


def has_nothing(plan: PlannedClient) -> bool:
    """Whether there is nothing to do and nothing that has failed."""
    return not (plan.changed or plan.errors)


def described(counts: AllCounts) -> str:
    """Return counts in a few words, without what is none: `routes +2 ~1, menus -1`."""
    told = []
    for kind in counts.__struct_fields__:
        of = getattr(counts, kind)
        signs = (("+", of.added), ("~", of.updated), (">", of.moved), ("-", of.removed))
        shown = " ".join(f"{sign}{count}" for sign, count in signs if count)
        if shown:
            told.append(f"{kind} {shown}")
    return ", ".join(told)
