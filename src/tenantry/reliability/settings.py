"""Settings of a program: declared in one table, read at once, judged together.

    TABLE = (
        Setting(variable="POOL_MAX", kind=Kind.integer(1, 100), default="10", meaning="…"),
        Setting(variable="API_KEY", kind=Kind.secret(), meaning="…", is_secret=True),
    )
    settings = read_settings(TABLE, os.environ, into=Settings).unwrap()

It reads the mapping that it is handed, and no environment by itself.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from tenantry.base.setting import Problem, Setting, SettingsError
from tenantry.reliability.result import Err, Ok, Outcome

S = TypeVar("S")

_SOURCE = "environment"


def read_settings(
    table: Iterable[Setting], environ: Mapping[str, str], *, into: Callable[..., S]
) -> Outcome[S, SettingsError]:
    """Return what `into` makes of the values, or every problem there is.

    It is called with a keyword for each setting: the variable in lower case, and the value of its
    kind, None where it is neither set nor has a default. A variable that is not in the table is
    somebody else's.
    """
    problems: list[Problem] = []
    values: dict[str, Any] = {}

    for setting in table:
        try:
            values[setting.field] = _value(setting, environ)
        except SettingsError as error:
            problems += error.problems

    return Err(SettingsError(tuple(problems))) if problems else Ok(into(**values))


def settings_summary(table: Iterable[Setting], values: object) -> dict[str, str]:
    """Return every setting as text by its variable, with nothing secret in it."""
    return {setting.variable: setting.show(getattr(values, setting.field)) for setting in table}


def _value(setting: Setting, environ: Mapping[str, str]) -> Any:
    text = environ.get(setting.variable)
    if text is not None:
        return setting.read(text, source=_SOURCE)
    if setting.default:
        return setting.read(setting.default, source="default")
    if setting.is_required:
        problem = Problem(setting.variable, _SOURCE, "nothing", setting.kind.wants)
        raise SettingsError((problem,))
    return None
