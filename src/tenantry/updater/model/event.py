"""What people did with a tenant's updaters, for the audit."""

from typing import Any, Final

import msgspec

STREAM: Final = "updater"
"""The stream, in its tenant's scope, of what people had updaters do."""


class UpdaterActed(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody has triggered; `verb` is the action of the audit behind `updater.`.

    `details` name runs, tables, columns and counts, and never a value of a row.
    """

    verb: str
    details: dict[str, Any] = {}
