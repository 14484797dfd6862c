"""Several settings at once: what a set of changes may be, and which ones restore a tree."""

from collections.abc import Mapping, Sequence

from tenantry.base.errors import Invalid, TooLarge
from tenantry.configs.model import (
    Condition,
    ConfigCommand,
    ConfigEntry,
    DeleteConfigValue,
    SetConfigValue,
)
from tenantry.configs.rules.names import check_name
from tenantry.configs.rules.values import check_value

MAX_CHANGES = 2_000
"""Settings in one set of changes: what is appended as one is written and read as one."""


def check_changes(commands: Sequence[ConfigCommand]) -> None:
    """Raise `Invalid` unless these can be carried out together: some, each name once, all valid."""
    if not commands:
        raise Invalid(field="changes", got="none", wants="at least one change")
    if len(commands) > MAX_CHANGES:
        raise TooLarge(
            field="changes", got=f"{len(commands)} changes", wants=f"at most {MAX_CHANGES}"
        )

    seen: set[str] = set()
    for number, command in enumerate(commands):
        check_name(command.name)
        if command.name in seen:
            raise Invalid(
                field=f"changes[{number}].name", got=command.name, wants="each name only once"
            )
        seen.add(command.name)
        if isinstance(command, SetConfigValue):
            check_value(command.value)


def restoring(
    present: Mapping[str, ConfigEntry],
    past: Mapping[str, ConfigEntry],
    opened: Mapping[int, bytes],
) -> list[ConfigCommand]:
    """Return the commands that make the live settings of the past out of the present ones.

    `opened` has the values of secrets, present and past, by position; a past one that is not in it
    cannot be restored and is left as it is. Each command names the version it is decided on.
    """
    commands: list[ConfigCommand] = []
    for name in sorted({*present, *past}):
        now, then = present.get(name), past.get(name)
        condition = Condition(versions=frozenset({now.version if now else 0}))
        if then is None:
            commands.append(DeleteConfigValue(name, condition))
            continue

        value = opened.get(then.position) if then.is_secret else then.value
        if value is not None and not _is_there(now, then, value, opened):
            is_secret = then.is_secret
            commands.append(
                SetConfigValue(name, value, condition, is_secret=is_secret, is_forced=is_secret)
            )
    return commands


def _is_there(
    now: ConfigEntry | None, then: ConfigEntry, value: bytes, opened: Mapping[int, bytes]
) -> bool:
    """Whether setting `value` once more would change nothing."""
    if now is None or now.version == then.version:
        return now is not None
    if not now.is_secret:
        return not then.is_secret and now.value == value
    # What has become a secret stays one, whatever it was then.
    return opened.get(now.position) == value
