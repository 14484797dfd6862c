"""Whole trees of settings: two layers as one, and two moments beside each other."""

from collections.abc import Iterable, Mapping
from itertools import islice

from tenantry.configs.model import ConfigEntry, Difference, token_of


def merge_layers(
    own: Iterable[ConfigEntry], inherited: Iterable[ConfigEntry], *, limit: int | None = None
) -> list[ConfigEntry]:
    """Return the effective settings in code-point order of their names, `limit` at most."""
    by_name = {entry.name: entry for entry in inherited}
    if not by_name:
        return list(islice(own, limit))
    by_name.update((entry.name, entry) for entry in own)
    return [by_name[name] for name in islice(sorted(by_name), limit)]


def differences(
    before: Mapping[str, ConfigEntry], after: Mapping[str, ConfigEntry], *, tenant_id: str
) -> list[Difference]:
    """Return what is not the same in two trees, in code-point order of the names.

    The same value is no difference, whoever has stored it again; a sealed one is compared by its
    version, since what is in it nobody can see.
    """
    return [
        Difference(name, before.get(name), after.get(name))
        for name in sorted({*before, *after})
        if not _is_same(before.get(name), after.get(name), tenant_id)
    ]


def _is_same(before: ConfigEntry | None, after: ConfigEntry | None, tenant_id: str) -> bool:
    if before is None or after is None:
        return before is after
    if before.is_secret or after.is_secret:
        return token_of(before, tenant_id) == token_of(after, tenant_id)
    return before.value == after.value
