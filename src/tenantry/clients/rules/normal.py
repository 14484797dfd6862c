"""The normal form: what says the same is the same, and secrets are no longer in it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

import msgspec
from msgspec import UNSET

from tenantry.clients.errors import InvalidClient
from tenantry.clients.model import (
    KINDS,
    AuthProvider,
    ClientConfig,
    Component,
    Declaration,
    DeclaredUser,
    Desired,
    Menu,
    MenuEntry,
    Setting,
    Theme,
    identity_of,
)
from tenantry.clients.rules import checks
from tenantry.clients.rules.placeholders import fill, names_in
from tenantry.clients.rules.problem import errors_of
from tenantry.clients.rules.sealing import Sealer, keyed_digest

T = TypeVar("T", bound=Declaration)

_SECRETS: Final = ("password", "salt", "emailApiKey")
_NO_FIELDS: Final = ("key", "tenant", *KINDS)
# A default is left out of JSON only where it is this very object, not another one that equals it.
_DEFAULTS: Final[Mapping[type, tuple[str, Any]]] = {
    MenuEntry: ("ordinal", MenuEntry(title="").ordinal),
    Setting: ("setting_type", Setting(name="").setting_type),
    Theme: ("type", Theme(name="").type),
}
_UNMANAGED: Final[Mapping[str, Any]] = dict.fromkeys(KINDS, UNSET)
_WITHIN: Final[Mapping[type, str]] = {Menu: "entries", MenuEntry: "items"}


def desired_of(
    config: ClientConfig,
    *,
    tenant_id: str,
    variables: Mapping[str, str],
    digest_key: bytes,
    source_digest: str = "",
    origin: str = "",
) -> Desired:
    """Return a declaration in normal form, ready to be compared with what is stored.

    Of `variables` those are kept that the declaration uses. Users have theirs filled in, since
    nothing of them is stored with the client; raises `InvalidClient` where that makes no user.
    """
    sealer = Sealer(tenant_id=tenant_id, key=config.key, digest_key=digest_key)
    fields = _fields_of(config, sealer)
    routes = _items(config.routes, normal)
    menus = _items(config.menus, normal)
    components = _items(config.components, lambda one: _component(one, sealer))
    # In the text of them all a placeholder stands as it does in one of them.
    text = msgspec.json.encode(config).decode() if variables else ""
    used = names_in(text, listed=variables)
    sealed = {
        name: sealer.sealed(f"variables.{name}", value)
        for name, value in variables.items()
        if name in used
    }
    return Desired(
        tenant_id=tenant_id,
        key=config.key,
        name=config.name or config.key,
        fields=fields,
        variables=sealed,
        routes=routes,
        menus=menus,
        components=components,
        users=_users(config, variables, origin),
        plain=sealer.plain,
        source_digest=source_digest,
        origin=origin,
    )


def source_digest_of(
    raw: Mapping[str, Any], variables: Mapping[str, str], *, digest_key: bytes
) -> str:
    """Return the digest of what was handed in, by which an unchanged declaration is recognised."""
    return keyed_digest([raw, variables], digest_key=digest_key)


def normal(value: T) -> T:
    """Return an item with each role named once and in order, and every default left out of JSON."""
    changes: dict[str, Any] = {}

    roles = getattr(value, "roles", UNSET)
    if roles and roles != (sorted_roles := sorted_names(roles)):
        changes["roles"] = sorted_roles
    if (default := _DEFAULTS.get(type(value))) and getattr(value, default[0]) == default[1]:
        changes[default[0]] = default[1]
    if (within := _WITHIN.get(type(value))) and (entries := getattr(value, within)):
        changes[within] = tuple(normal(entry) for entry in entries)

    return msgspec.structs.replace(value, **changes) if changes else value


def sorted_names(names: Sequence[str]) -> tuple[str, ...]:
    """Return roles in their normal form: a set, in order."""
    return tuple(sorted(set(names)))


def _fields_of(config: ClientConfig, sealer: Sealer) -> dict[str, Any]:
    """Return the fields of the client itself, as they are stored."""
    bare = msgspec.structs.replace(
        config,
        auth_config=_items(config.auth_config, lambda one: _provider(one, sealer), UNSET),
        settings=_items(config.settings, lambda one: _setting(one, sealer), UNSET),
        themes=_items(config.themes, normal, UNSET),
        plugins=_items(config.plugins, normal, UNSET),
        feature_flags=_items(config.feature_flags, normal, UNSET),
        application_roles=_names(config.application_roles),
        **_UNMANAGED,
    )
    fields: dict[str, Any] = _plain(bare)
    return {
        name: sealer.sealed(name, value) if name in _SECRETS else value
        for name, value in fields.items()
        if name not in _NO_FIELDS
    }


def _setting(setting: Setting, sealer: Sealer) -> Setting:
    setting = normal(setting)
    if not setting.is_secret:
        return setting
    data = sealer.sealed(f"settings[{setting.name}].data", setting.data)
    return msgspec.structs.replace(setting, data=data)


def _provider(provider: AuthProvider, sealer: Sealer) -> AuthProvider:
    options = sealer.sealed(f"auth_config[{provider.provider}].options", provider.options)
    return msgspec.structs.replace(provider, options=options)


def _component(component: Component, sealer: Sealer) -> Component:
    component = normal(component)
    author = sealer.sealed(f"components[{identity_of(component)}].author", component.author)
    return msgspec.structs.replace(component, author=author)


def _users(
    config: ClientConfig, variables: Mapping[str, str], origin: str
) -> tuple[DeclaredUser, ...] | None:
    """Return the people declared, as they are once every placeholder is filled in."""
    if isinstance(config.users, msgspec.UnsetType):
        return None
    declared = msgspec.to_builtins(config.users)
    filled = fill(declared, variables)
    if filled is not declared:
        raw = {"key": config.key, "users": list(filled)}
        if problems := checks.problems_of(raw):
            raise InvalidClient(errors_of(problems, raw, origin), key=config.key, origin=origin)
    return tuple(normal(user) for user in msgspec.convert(filled, tuple[DeclaredUser, ...]))


def _items(values: Any, form: Callable[[Any], Any], absent: Any = None) -> Any:
    return absent if values is UNSET else tuple(form(value) for value in values)


def _names(names: tuple[str, ...] | msgspec.UnsetType) -> tuple[str, ...] | msgspec.UnsetType:
    return names if isinstance(names, msgspec.UnsetType) else sorted_names(names)


def _plain(value: Any) -> Any:
    # As it will be read again: a tuple within a JSON value would never equal the list it becomes.
    return msgspec.json.decode(msgspec.json.encode(value))
