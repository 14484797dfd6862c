"""What the originals call a field, other than we do; all names without case and punctuation."""

from collections.abc import Mapping
from typing import Final

import msgspec

from tenantry.clients.model import (
    Argument,
    Asset,
    AuthProvider,
    ClientConfig,
    Component,
    DeclaredUser,
    FeatureFlag,
    Menu,
    MenuEntry,
    Part,
    Plugin,
    Region,
    Resource,
    Route,
    Setting,
    Theme,
    ThemeMode,
)

_FQN: Final = {"fqn": ("componentFqn",), "component": ("componentFqn", "components")}

ALIASES: Final[Mapping[type[msgspec.Struct], Mapping[str, tuple[str, ...]]]] = {
    ClientConfig: {
        "auth": ("auth_config",),
        "authproviders": ("auth_config",),
        "authentication": ("auth_config",),
        "origins": ("whitelist",),
        "roles": ("applicationRoles",),
        "title": ("name",),
        "url": ("siteUrl",),
    },
    Route: _FQN
    | {
        "arguments": ("args",),
        "ispublic": ("public",),
        "name": ("title",),
        "props": ("componentProps",),
        "redirectto": ("redirect",),
        "url": ("path",),
    },
    Region: _FQN | {"enabled": ("show",), "visible": ("show",)},
    Part: _FQN | {"componentprops": ("props",)},
    Menu: {"items": ("entries",), "title": ("name",)},
    MenuEntry: {
        "children": ("items",),
        "entries": ("items",),
        "href": ("link",),
        "label": ("title",),
        "name": ("title",),
        "order": ("ordinal",),
        "path": ("link",),
        "text": ("title",),
        "url": ("link",),
    },
    Component: {"args": ("arguments",), "type": ("componentType",)},
    Argument: {"name": ("key",)},
    Resource: {"href": ("uri",), "src": ("uri",), "type": ("resourceType",), "url": ("uri",)},
    DeclaredUser: {"mail": ("email",), "givenname": ("firstName",), "surname": ("lastName",)},
    Setting: {
        "key": ("name",),
        "schema": ("formSchema",),
        "type": ("settingType",),
        "value": ("data",),
    },
    Theme: {"mode": ("defaultThemeMode",), "title": ("name",)},
    ThemeMode: {"title": ("name",)},
    Asset: {"src": ("url",), "type": ("assetType",), "uri": ("url",)},
    AuthProvider: {"isenabled": ("enabled",), "name": ("provider",), "properties": ("options",)},
    FeatureFlag: {
        "data": ("value",),
        "flag": ("feature",),
        "fqn": ("feature",),
        "name": ("feature",),
    },
    Plugin: {"url": ("uri",), "componentfqn": ("id",)},
}
"""What else a field is called; where the first is taken, or is of another type, the next."""

OPEN: Final[Mapping[type[msgspec.Struct], str]] = {
    AuthProvider: "options",
    Theme: "options",
    ThemeMode: "options",
    Plugin: "options",
}
"""The field that takes up what an item has beyond the fields there are."""

METADATA: Final = frozenset({"createdat", "deletedat", "id", "typename", "updatedat", "v"})
"""What a database added to an item."""

HASHES: Final = frozenset({"hash", "passwordhash", "salt"})
"""What is left of a password, with which nobody can log in here."""

HANDLERS: Final = frozenset({"onstartup", "onshutdown"})
"""Functions of the originals."""

NEVER_NEAR: Final = frozenset({"key", "password", "salt", "tenant"})
"""Fields that nothing is taken for, however near its name is."""

OPPOSITES: Final = ("un", "non", "in", "dis", "not", "no")
"""What begins with one of these says the contrary of what it resembles."""

IDENTITIES: Final[Mapping[type[msgspec.Struct], str]] = {
    Route: "key",
    Menu: "key",
    Component: "name",
    DeclaredUser: "email",
    Setting: "name",
    Theme: "name",
    ThemeMode: "mode",
    Asset: "id",
    AuthProvider: "provider",
    FeatureFlag: "feature",
    Plugin: "id",
    Argument: "key",
    Resource: "name",
    MenuEntry: "key",
}
"""The field that a name stands for, where a list is an object of items by name."""

CONTENTS: Final[Mapping[type[msgspec.Struct], str]] = {
    Argument: "value",
    Asset: "url",
    AuthProvider: "enabled",
    FeatureFlag: "value",
    Resource: "uri",
    Setting: "data",
}
"""The field that a bare value stands for, in such an object."""

SHORT: Final[Mapping[type[msgspec.Struct], str]] = {
    Asset: "url",
    AuthProvider: "provider",
    FeatureFlag: "feature",
    Part: "componentFqn",
    Region: "title",
    Resource: "uri",
}
"""The field that a text stands for in the place of an item."""

TRIMMED: Final = frozenset(
    {"componentFqn", "email", "key", "link", "nameSpace", "path", "uri", "version"}
)
"""Fields that have no blanks around them."""

SECRETIVE: Final = frozenset({AuthProvider, Setting})
"""Items of which no report shows the whole."""

PRIVATE: Final[Mapping[type[msgspec.Struct], frozenset[str]]] = {
    AuthProvider: frozenset({"options"}),
    ClientConfig: frozenset({"emailApiKey", "password", "salt", "users"}),
    Component: frozenset({"author"}),
}
"""Fields of which no report shows anything."""
