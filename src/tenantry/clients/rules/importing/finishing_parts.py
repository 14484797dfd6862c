"""What components, settings, themes, providers, flags and plugins need besides."""

import re
from collections.abc import Mapping
from typing import Any, Final

from tenantry.clients.rules.importing.draft import Draft
from tenantry.clients.rules.importing.secrets import holds_secret

_FQN: Final = re.compile(
    r"(?P<space>[^@\s]+?)\.(?P<name>[^.@\s]+)(?:@(?P<version>[^@\s]+))?", re.ASCII
)
_FIRST_VERSION: Final = "1.0.0"


def component(draft: Draft) -> None:
    """Give a component the three parts of its name, where it has them in one, and a version."""
    whole = _FQN.fullmatch(draft.text("name"))
    if whole is not None and "nameSpace" not in draft.item:
        draft.add("nameSpace", whole["space"], "taken from its name")
        draft.replace("name", whole["name"], "without its name space and version")
        if whole["version"] and "version" not in draft.item:
            draft.add("version", whole["version"], "taken from its name")
    if "version" not in draft.item:
        draft.add("version", _FIRST_VERSION, "the first version, since it had none")


def setting(draft: Draft) -> None:
    """Seal a setting that holds a secret, or connects to something, but does not say so."""
    is_said = "secret" in draft.item or draft.text("settingType") == "connection"
    if not is_said and (_is_connection(draft) or holds_secret(draft.item.get("data"))):
        draft.add("secret", value=True, what="sealed, since it holds what only few should read")


def theme(draft: Draft) -> None:
    """Give a theme a name."""
    if "name" not in draft.item:
        draft.add("name", "default", "made up, since it had none")


def theme_mode(draft: Draft) -> None:
    """Tell from its palette whether it is for day or night, where it does not say so itself."""
    options = draft.item.get("options", {})
    palette = options.get("palette")
    held: Mapping[str, Any] = palette if isinstance(palette, Mapping) else {}
    told = held.get("mode") or held.get("type")
    if "mode" not in draft.item and isinstance(told, str) and told:
        draft.add("mode", told, "taken from its palette")


def auth_provider(draft: Draft) -> None:
    """Leave out options that are none, and leave off what does not say that it is on."""
    if draft.item.get("options") == "":
        draft.leave_out("options", "empty")
    if "provider" in draft.item and "enabled" not in draft.item:
        draft.add(
            "enabled",
            value=False,
            what="off, as the original took a way to log in that does not say; true opens it",
        )


def feature_flag(draft: Draft) -> None:
    """Say that a flag is on, which is what those who give it a value mean."""
    if "feature" in draft.item and "enabled" not in draft.item:
        draft.add(
            "enabled",
            value=True,
            what="on: the original took a flag for off that does not say so, whatever its value",
        )


def plugin(draft: Draft) -> None:
    """Give a plugin an id, made from its name if it has none."""
    parts = [draft.text("nameSpace"), draft.text("name")]
    made = ".".join(part for part in parts if part)
    if "id" not in draft.item and made:
        draft.add("id", made, "made from its name, since it had none")


def _is_connection(draft: Draft) -> bool:
    names = (draft.text("name"), draft.text("componentFqn"), draft.text("title"))
    return draft.item.get("data") not in (None, "", {}) and any(
        "connection" in name.lower() for name in names
    )
