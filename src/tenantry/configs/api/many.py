"""Several settings at once: the bodies of a set of changes and of a rollback, and their answers."""

from typing import Any, Literal, TypeVar

import msgspec

from tenantry.base.codec import check_depth, encode_json
from tenantry.base.errors import Invalid
from tenantry.base.instant import parse_instant
from tenantry.configs.errors import ConfigValueInvalid
from tenantry.configs.model import (
    NO_CONDITION,
    Condition,
    ConfigCommand,
    ConfigEntry,
    DeleteConfigValue,
    RollbackReport,
    SchemaTarget,
    SetConfigValue,
)
from tenantry.configs.service import Entries
from tenantry.web import Answer

T = TypeVar("T", bound=msgspec.Struct)

JSON = b"application/json"
_MAX_POSITION = 10**18 - 1


Whole = int | float
"""A number without a fraction, which JSON may write as `1.0` too."""


class Change(msgspec.Struct, forbid_unknown_fields=True):
    """One change of a set, as it is sent."""

    op: Literal["set", "delete"]
    name: str
    value: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    expected_version: Whole | msgspec.UnsetType = msgspec.UNSET
    secret: bool = False
    force: bool = False


class Changes(msgspec.Struct, forbid_unknown_fields=True):
    """A set of changes, as it is sent."""

    changes: list[Change]


class RollbackOfOne(msgspec.Struct, forbid_unknown_fields=True):
    """Which version of a setting to restore."""

    version: Whole


class RollbackOfAll(msgspec.Struct, forbid_unknown_fields=True):
    """What to restore: everything, or what starts with `prefix`, as it was at a moment.

    Where `expected_position` is given, only if nothing of it has changed behind that.
    """

    to: Whole | str
    prefix: str = ""
    expected_position: Whole | msgspec.UnsetType = msgspec.UNSET


class ChangedJson(msgspec.Struct):
    """One setting that was changed."""

    name: str
    op: Literal["set", "delete"]
    version: int
    position: int


class ChangesJson(msgspec.Struct):
    """What a set of changes has done; `position` is the last."""

    position: int
    changes: list[ChangedJson]


class RolledBackJson(msgspec.Struct):
    """What a rollback has done, to settings and schemas, and which secrets it could not restore."""

    position: int
    changes: list[ChangedJson]
    schemas: list[dict[str, str]]
    not_restored: list[dict[str, str]]


def read_changes(body: bytes) -> list[ConfigCommand]:
    """Read the body of `POST /config`; raises `Invalid`, naming the change."""
    sent = _decode(body, Changes)
    return [_command(change, number) for number, change in enumerate(sent.changes)]


class WantedTree(msgspec.Struct, frozen=True):
    """What a rollback is to restore: `to` is a position, or an instant as text."""

    to: int | str
    prefix: str
    expected_position: int | None


def read_rollback_of_one(body: bytes) -> int:
    """Return the version that the body of a rollback names; raises `Invalid`."""
    version = _whole(_decode(body, RollbackOfOne).version, field="version")
    if version == 0:
        raise Invalid(field="version", got=version, wants="a version, from 1")
    return version


def read_rollback_of_all(body: bytes) -> WantedTree:
    """Return what the body of a rollback asks for; raises `Invalid`."""
    sent = _decode(body, RollbackOfAll)
    if isinstance(sent.to, str):
        parse_instant(sent.to, field="to")
    expected = sent.expected_position
    return WantedTree(
        sent.to if isinstance(sent.to, str) else _whole(sent.to, field="to"),
        sent.prefix,
        None
        if isinstance(expected, msgspec.UnsetType)
        else _whole(expected, field="expected_position"),
    )


def changes_reply(written: Entries) -> Answer:
    """Answer a set of changes."""
    changed = ChangesJson(written.position, [_changed(entry) for entry in written.entries])
    return _reply(written.position, changed)


def rollback_reply(report: RollbackReport) -> Answer:
    """Answer a rollback."""
    rolled_back = RolledBackJson(
        report.position,
        [_changed(entry) for entry in report.changes],
        [
            *(told_target(target, op="set") for target in report.schemas_set),
            *(told_target(target, op="delete") for target in report.schemas_deleted),
        ],
        [{"name": lost.name, "reason": lost.reason} for lost in report.not_restored],
    )
    return _reply(report.position, rolled_back)


def told_target(target: SchemaTarget, **more: str) -> dict[str, str]:
    """Return what a schema is about, as it is told: `name` or `prefix`."""
    return {target.kind: target.text, **more}


def _decode(body: bytes, kind: type[T]) -> T:
    check_depth(body)
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        wants = ", ".join(f'"{field.name}"' for field in msgspec.structs.fields(kind))
        raise Invalid(f"body: {error}; wants an object with {wants}", field="body") from error


def _command(change: Change, number: int) -> ConfigCommand:
    has_value = not isinstance(change.value, msgspec.UnsetType)
    if has_value != (change.op == "set"):
        raise ConfigValueInvalid(
            field=f"changes[{number}].value",
            got="none" if change.op == "set" else "one",
            wants="a value to set, and none to delete",
        )
    condition = _condition(change.expected_version, number)
    if isinstance(change.value, msgspec.UnsetType):
        if condition.must_be_absent:
            raise Invalid(
                field=f"changes[{number}].expected_version", got=0, wants="something to delete"
            )
        return DeleteConfigValue(change.name, condition)
    return SetConfigValue(
        change.name,
        bytes(change.value),
        condition,
        is_secret=change.secret,
        is_forced=change.force,
    )


def _condition(expected_version: Whole | msgspec.UnsetType, number: int) -> Condition:
    if isinstance(expected_version, msgspec.UnsetType):
        return NO_CONDITION
    version = _whole(expected_version, field=f"changes[{number}].expected_version")
    return Condition(versions=frozenset({version})) if version else Condition(must_be_absent=True)


def _whole(number: Whole, *, field: str) -> int:
    if int(number) != number or not 0 <= number <= _MAX_POSITION:
        raise Invalid(field=field, got=number, wants="a whole number, from 0")
    return int(number)


def _changed(entry: ConfigEntry) -> ChangedJson:
    op: Literal["set", "delete"] = "delete" if entry.is_deleted else "set"
    return ChangedJson(entry.name, op, entry.version, entry.position)


def _reply(position: int, body: Any) -> Answer:
    headers = [(b"content-type", JSON), (b"x-position", b"%d" % position)]
    return Answer(200, headers, encode_json(body))
