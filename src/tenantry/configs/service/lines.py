"""Values in log lines: whole while they are short, cut where they would flood the log."""

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
