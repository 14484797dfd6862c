"""Which method a sync takes, and why."""

from typing import Any, Literal

import msgspec

from tenantry.sync.model.result import Method

DecidedBy = Literal["environment", "flag", "default"]


class MethodSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What the process was told: None of `use_temporal` is nothing, of `tenants` all of them."""

    is_enabled: bool
    use_temporal: bool | None
    tenants: frozenset[str] | None


class Evaluated(msgspec.Struct, frozen=True, kw_only=True):
    """What the flag `sync-method` says for a tenant; `error` where it can say nothing."""

    value: Any
    variant: str | None
    reason: str
    layer: str | None = None
    error: str | None = None


class Decision(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The method, who decided it, and a sentence that says why."""

    method: Method
    decided_by: DecidedBy
    reason: str
    flag: Evaluated | None = None
