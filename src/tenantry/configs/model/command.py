"""What a caller asks to be done, and on which condition."""

from typing import Literal

import msgspec


class Condition(msgspec.Struct, frozen=True):
    """What must hold of the present value for a write to happen.

    `versions`: the own value is at one of these, or `global_versions`: there is none, and the
    inherited one is at one of those. `must_exist`: there is an own one; `must_be_absent`: there is
    none.
    """

    versions: frozenset[int] | None = None
    must_exist: bool = False
    must_be_absent: bool = False
    global_versions: frozenset[int] = frozenset()


NO_CONDITION = Condition()


class Idempotency(msgspec.Struct, frozen=True):
    """A client's own name for its request, and a digest that tells a retry from another request."""

    key: str
    request_digest: bytes


class SetConfigValue(msgspec.Struct, frozen=True):
    """Store `value` (JSON) under `name`.

    `is_secret` seals it; so does what is stored there already, where that is sealed. `is_forced`
    seals it although the history of the name has values that are not.
    """

    name: str
    value: bytes
    condition: Condition = NO_CONDITION
    is_secret: bool = False
    is_forced: bool = False


class DeleteConfigValue(msgspec.Struct, frozen=True):
    """Delete what is stored under `name`."""

    name: str
    condition: Condition = NO_CONDITION


ConfigCommand = SetConfigValue | DeleteConfigValue


class Rejected(msgspec.Struct, frozen=True):
    """The command may not be done.

    `reason` is `absent`, `deleted`, or `stale` with the present `token`, `0` for no value.
    """

    reason: Literal["absent", "deleted", "stale"]
    token: str
