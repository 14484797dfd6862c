"""Declarations to try things with: the real ones, and generated ones."""

import json
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

DIGEST_KEY = b"k" * 32

_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)
_WORD = st.text("abcXYZ09", min_size=1, max_size=6)
_ROLES = st.lists(st.sampled_from(["ANON", "USER", "ADMIN", "*", "EDITOR"]), max_size=4)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_WORD, inner, max_size=3),
    max_leaves=5,
)
_PROPS = st.dictionaries(_WORD, _JSON, max_size=3)
_ARGS = st.lists(st.fixed_dictionaries({"key": _WORD}, optional={"value": _JSON}), max_size=2)


def _some(required: dict[str, Any], optional: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(required, optional=optional)


ROUTE = _some(
    {"path": _WORD.map(lambda word: f"/{word}")},
    {
        "key": _WORD | st.just(""),
        "title": _TEXT,
        "public": st.booleans(),
        "exact": st.booleans(),
        "roles": _ROLES,
        "args": _ARGS,
        "componentFqn": st.just("core.Home@1.0.0"),
        "componentProps": _PROPS,
        "header": st.none() | _some({}, {"show": st.booleans(), "title": _TEXT}),
        "protected": st.booleans(),
    },
)
ENTRY = st.recursive(
    _some({"title": _TEXT}, {"roles": _ROLES, "ordinal": st.integers(0, 3), "link": _TEXT}),
    lambda inner: _some(
        {"title": _TEXT}, {"items": st.lists(inner, max_size=2), "ordinal": st.just(0.5)}
    ),
    max_leaves=4,
)
MENU = _some(
    {"key": _WORD},
    {"name": _TEXT, "roles": _ROLES, "enabled": st.booleans(), "entries": st.lists(ENTRY)},
)
COMPONENT = _some(
    {"nameSpace": st.just("core"), "name": _WORD, "version": st.just("1.0.0")},
    {"roles": _ROLES, "author": st.sampled_from(["", "ada@example.com"]), "arguments": _ARGS},
)
SETTING = _some(
    {"name": _WORD},
    {
        "settingType": st.sampled_from(["generic", "connection"]),
        "secret": st.none() | st.booleans(),
        "data": _JSON,
        "roles": _ROLES,
    },
)
THEME = _some({"name": _WORD}, {"type": st.sampled_from(["material", "other"]), "options": _PROPS})
PROVIDER = _some({"provider": _WORD}, {"enabled": st.booleans(), "options": _PROPS})


def _unique(strategy: Any, *names: str) -> Any:
    def identity(item: dict[str, Any]) -> str:
        return next((item[name].lower() for name in names if item.get(name)), "")

    return st.lists(strategy, max_size=4, unique_by=identity)


def _distinct(routes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return list({route.get("key") or route["path"]: route for route in routes}.values())


CONFIGS = st.fixed_dictionaries(
    {"key": st.just("acme")},
    optional={
        "name": _TEXT,
        "password": _TEXT,
        "emailApiKey": st.sampled_from(["", "SG.hunter2", "${SENDGRID_API_KEY}"]),
        "applicationRoles": _ROLES,
        "allowCustomTheme": st.booleans(),
        "themeOptions": _PROPS,
        "settings": _unique(SETTING, "name"),
        "themes": _unique(THEME, "name"),
        "auth_config": _unique(PROVIDER, "provider"),
        "whitelist": st.lists(_TEXT, max_size=2),
        "routes": st.lists(ROUTE, max_size=4).map(_distinct),
        "menus": _unique(MENU, "key"),
        "components": _unique(COMPONENT, "name"),
    },
)
"""Declarations of one client, all of which are right."""


def acme(**fields: Any) -> dict[str, Any]:
    """Return a small declaration that is right."""
    return {
        "key": "acme",
        "name": "Acme",
        "routes": [{"key": "home", "path": "/", "roles": ["USER"]}],
        "menus": [{"key": "main", "entries": [{"title": "Home", "link": "/"}]}],
        **fields,
    }


def write_json(path: Path, value: Any) -> Path:
    """Write a file, and the folders on the way to it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))
    return path
