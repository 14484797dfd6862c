"""What only one kind of item needs, when its fields are right: the last step for each."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec
from msgspec import UNSET, inspect

from tenantry.clients.model import (
    Asset,
    AuthProvider,
    ClientConfig,
    Component,
    DeclaredUser,
    FeatureFlag,
    Menu,
    MenuEntry,
    Plugin,
    Resource,
    Route,
    Setting,
    Theme,
    ThemeMode,
)
from tenantry.clients.rules.importing import finishing_client as client
from tenantry.clients.rules.importing import finishing_pages as pages
from tenantry.clients.rules.importing import finishing_parts as parts
from tenantry.clients.rules.importing import words
from tenantry.clients.rules.importing.draft import Draft
from tenantry.clients.rules.importing.names import Fields
from tenantry.clients.rules.importing.report import Node, Report

_MAY_BE_EMPTY: Final = (Asset, MenuEntry, Resource, Route)


def finish(
    info: inspect.StructType, result: dict[str, Any], fields: Fields, node: Node, report: Report
) -> Any:
    """Return an item with all that it needs, UNSET where that is not to be had."""
    needed = [field.encode_name for field in info.fields if field.required]
    draft = Draft(result, fields, node, report)
    for name in words.TRIMMED:
        draft.adapt(name, str.strip, "without the blanks around it")
    if info.cls not in _MAY_BE_EMPTY:
        draft.leave_out_empty(needed)
    step = _STEPS.get(info.cls)
    if step is not None:
        step(draft)

    missing = [name for name in needed if name not in draft.item]
    if missing and info.cls is not ClientConfig:
        whole = node.kept_private() if info.cls in words.SECRETIVE else node
        report.dropped(whole, f"it has no {' and no '.join(missing)}, without which there is none")
        return UNSET
    order = [field.encode_name for field in info.fields]
    return {name: draft.item[name] for name in order if name in draft.item}


_STEPS: Final[Mapping[type[msgspec.Struct], Callable[[Draft], None]]] = {
    AuthProvider: parts.auth_provider,
    ClientConfig: client.client,
    Component: parts.component,
    DeclaredUser: client.user,
    FeatureFlag: parts.feature_flag,
    Menu: pages.menu,
    MenuEntry: pages.entry,
    Plugin: parts.plugin,
    Route: pages.route,
    Setting: parts.setting,
    Theme: parts.theme,
    ThemeMode: parts.theme_mode,
}
