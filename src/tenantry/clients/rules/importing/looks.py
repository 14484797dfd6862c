"""The theme of a client, where all of it stands in the place of its name."""

from collections.abc import Mapping

from tenantry.clients.rules.importing.names import Fields
from tenantry.clients.rules.importing.report import Report

_UNNAMED = "default"


def put_theme_in_its_place(fields: Fields, report: Report) -> None:
    """Put a whole theme among the themes, and its name where it stood."""
    theme = fields.get("theme")
    if theme is None or not isinstance(theme.value, Mapping) or not theme.value:
        return

    name = theme.value.get("name") or theme.value.get("key") or _UNNAMED
    whole = {**theme.value, "name": name}
    others = fields.get("themes")
    if others is None:
        fields["themes"] = theme.holding([whole])
    elif isinstance(others.value, list):
        fields["themes"] = others.holding([*others.value, whole])
    else:
        return
    report.changed(theme, "moved into `themes`, and its name here", name)
    fields["theme"] = theme.holding(name)
