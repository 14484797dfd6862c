"""Values in log lines: whole while they are short, cut where they would flood the log."""

from tenantry.base.errors import TenantryError, Unavailable
from tenantry.configs.model import ConfigEntry, SetConfigValue
from tenantry.telemetry import active_sink

SHOWN_CHARACTERS = 1_024


def shown(value: bytes | None) -> str:
    """Write a JSON value as a `PUT …` line does."""
    if value is None:
        return "nil"
    if len(value) <= SHOWN_CHARACTERS:
        return value.decode()
    text = value[: SHOWN_CHARACTERS * 4].decode(errors="ignore")[:SHOWN_CHARACTERS]
    return f"{text}… ({len(value)} bytes)"


def shown_bare(value: bytes | None) -> str:
    """Write a value as a `Config updated …` line does: a string without its quotes."""
    text = shown(value)
    if value is not None and text.startswith('"') and text.endswith('"') and "\\" not in text:
        return text[1:-1]
    return text


def tell_stored(tenant_id: str, entry: ConfigEntry) -> None:
    """Write the two lines of a value that was stored, once it is known whether it is a secret."""
    sink = active_sink()
    if not sink.is_enabled("info"):
        return
    value = shown(entry.value)
    for line in (f"Setting value: {value}", f"Successfully stored value: {value}"):
        sink.line("info", f"PUT /config/{entry.name} - {line}", tenant_id=tenant_id)


def tell_failed(tenant_id: str, command: SetConfigValue, error: TenantryError) -> None:
    """Write the line of a value that was not stored.

    The value is not in it: whether it would have been a secret was perhaps never known.
    """
    level = "error" if isinstance(error, Unavailable) else "info"
    line = f"PUT /config/{command.name} - Failed to store value: {error.code}"
    active_sink().line(level, line, tenant_id=tenant_id)
