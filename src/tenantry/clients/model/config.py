"""A client as a file declares it: every field there is, by the names that files have.

The names are those of the files (camel case, `auth_config` being what it is everywhere). A field
that is `UNSET` was left out; within an item every field has a default, which is its normal form.
"""

from typing import Any, Final

import msgspec
from msgspec import UNSET, UnsetType

Json = Any
"""A JSON value, which is the client's own business."""

ANON: Final = "ANON"
"""The role of whoever has not logged in."""
USER: Final = "USER"
"""The role that everybody has who has logged in."""
EVERYBODY: Final = "*"
"""In a list of roles: all of them, `ANON` too."""

_NO_ORDINAL: Final = 0.0


# Nothing of a client refers to what it stands in, and without its items the garbage collector has
# half as much to look at while a thousand clients are applied.
class Declaration(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename="camel",
    forbid_unknown_fields=True,
    omit_defaults=True,
    gc=False,
):
    """What all parts of a file have in common."""


class Argument(Declaration, frozen=True, kw_only=True):
    """A prop for a component: the front end passes `value[key]`."""

    key: str
    value: Json = None


class Region(Declaration, frozen=True, kw_only=True):
    """The header or the footer of a page."""

    show: bool = True
    title: str = ""
    component_fqn: str = ""
    props: dict[str, Json] = {}
    props_map: dict[str, Json] = {}


class Part(Declaration, frozen=True, kw_only=True):
    """A further component on a page."""

    component_fqn: str
    props: dict[str, Json] = {}


class Route(Declaration, frozen=True, kw_only=True):
    """A page: known by its `key`, else by its `path`. Order matters to nobody but readers."""

    path: str
    key: str = ""
    title: str = ""
    redirect: str = ""
    component_fqn: str = ""
    public: bool = False
    exact: bool = False
    roles: tuple[str, ...] = ()
    args: tuple[Argument, ...] = ()
    component_props: dict[str, Json] = {}
    background: Json = None
    header: Region | None = None
    footer: Region | None = None
    components: tuple[Part, ...] = ()
    protected: bool = False


class MenuEntry(Declaration, frozen=True, kw_only=True):
    """A line of a menu; without `roles` whoever sees what it stands in sees it too."""

    title: str
    link: str = ""
    ordinal: float = _NO_ORDINAL
    key: str = ""
    external: bool = False
    icon: str = ""
    image: str = ""
    roles: tuple[str, ...] | UnsetType = UNSET
    enabled: bool = True
    feature_flags: tuple[str, ...] = ()
    items: tuple["MenuEntry", ...] = ()

    def __post_init__(self) -> None:
        # A default is left out of JSON only where it is this very object, and a 0 that was read is
        # another one: the same entry would have two normal forms.
        if self.ordinal == 0 and self.ordinal is not _NO_ORDINAL:
            msgspec.structs.force_setattr(self, "ordinal", _NO_ORDINAL)


class Menu(Declaration, frozen=True, kw_only=True):
    """A menu: known by its key, in lower case."""

    key: str
    name: str = ""
    target: str = ""
    icon: str = ""
    roles: tuple[str, ...] = ()
    enabled: bool = True
    feature_flags: tuple[str, ...] = ()
    entries: tuple[MenuEntry, ...] = ()
    protected: bool = False


class Resource(Declaration, frozen=True, kw_only=True):
    """A script, style or document that a component needs."""

    uri: str
    name: str = ""
    resource_type: str = ""


class Component(Declaration, frozen=True, kw_only=True):
    """A component: known by `nameSpace.name@version`. `author` is an e-mail address."""

    name_space: str
    name: str
    version: str
    title: str = ""
    description: str = ""
    uri: str = ""
    roles: tuple[str, ...] = ()
    ui_support: tuple[str, ...] = ()
    component_type: str = ""
    author: str = ""
    data_provider: str = ""
    data_settings: Json = None
    labels: tuple[str, ...] = ()
    arguments: tuple[Argument, ...] = ()
    resources: tuple[Resource, ...] = ()
    protected: bool = False


class DeclaredUser(Declaration, frozen=True, kw_only=True):
    """Somebody who shall be able to log in: known by their e-mail address.

    It shows nothing of itself, since all of it is personal.
    """

    email: str
    first_name: str
    last_name: str
    roles: tuple[str, ...]
    username: str = ""
    password: str = ""
    teams: tuple[Json, ...] = ()
    organization: Json = None
    business_unit: Json = None
    auth_providers: tuple[Json, ...] = ()

    def __repr__(self) -> str:
        return "DeclaredUser(…)"


class Setting(Declaration, frozen=True, kw_only=True):
    """A setting of the client: known by its name. What is `secret` is sealed.

    A connection is secret unless it says that it is not.
    """

    name: str
    setting_type: str = "generic"
    variant: str = ""
    title: str = ""
    description: str = ""
    component_fqn: str = ""
    form_schema: Json = None
    data: Json = None
    roles: tuple[str, ...] = ()
    secret: bool | None = None

    @property
    def is_secret(self) -> bool:
        """Whether its data is sealed."""
        return self.setting_type == "connection" if self.secret is None else self.secret


class ThemeMode(Declaration, frozen=True, kw_only=True):
    """A theme by day or by night."""

    mode: str
    name: str = ""
    description: str = ""
    icon: str = ""
    options: dict[str, Json] = {}


class Asset(Declaration, frozen=True, kw_only=True):
    """A file that belongs to a theme."""

    url: str
    id: str = ""
    name: str = ""
    asset_type: str = ""


class Theme(Declaration, frozen=True, kw_only=True):
    """How a front end looks: known by its name."""

    name: str
    type: str = "material"
    description: str = ""
    default_theme_mode: str = ""
    modes: tuple[ThemeMode, ...] = ()
    options: dict[str, Json] = {}
    assets: tuple[Asset, ...] = ()
    layouts: Json = None
    content: Json = None


class Plugin(Declaration, frozen=True, kw_only=True):
    """Code that a front end loads."""

    id: str
    name_space: str = ""
    name: str = ""
    version: str = ""
    description: str = ""
    platform: str = ""
    uri: str = ""
    loader: str = ""
    mime_type: str = ""
    options: Json = None
    enabled: bool = True
    roles: tuple[str, ...] = ()


class AuthProvider(Declaration, frozen=True, kw_only=True):
    """A way to log in; its options are sealed."""

    provider: str
    enabled: bool = True
    options: dict[str, Json] | str = {}


class FeatureFlag(Declaration, frozen=True, kw_only=True):
    """What a feature is worth to this client."""

    feature: str
    value: Json = False
    enabled: bool = True
    group: str = ""
    partner: Json = None
    organization: Json = None
    business_unit: Json = None
    regions: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    timezones: tuple[str, ...] = ()


class ClientConfig(Declaration, frozen=True, kw_only=True):
    """A whole client. What is left out is not managed: it stays as it is stored.

    `password`, `salt`, `email_api_key`, the options of `auth_config` and settings that are secret
    are sealed.
    """

    key: str
    tenant: str | UnsetType = UNSET
    name: str | UnsetType = UNSET
    username: str | UnsetType = UNSET
    email: str | UnsetType = UNSET
    site_url: str | UnsetType = UNSET
    avatar: str | UnsetType = UNSET
    password: str | UnsetType = UNSET
    salt: str | UnsetType = UNSET
    email_send_via: str | UnsetType = UNSET
    email_api_key: str | UnsetType = UNSET
    reset_email_route: str | UnsetType = UNSET
    application_roles: tuple[str, ...] | UnsetType = UNSET
    billing_type: str | UnsetType = UNSET
    mode: str | UnsetType = UNSET
    theme: str | UnsetType = UNSET
    themes: tuple[Theme, ...] | UnsetType = UNSET
    theme_options: dict[str, Json] | UnsetType = UNSET
    allow_custom_theme: bool | UnsetType = UNSET
    organization: Json | UnsetType = UNSET
    forms: tuple[Json, ...] | UnsetType = UNSET
    plugins: tuple[Plugin, ...] | UnsetType = UNSET
    modules: tuple[Json, ...] | UnsetType = UNSET
    auth_config: tuple[AuthProvider, ...] | UnsetType = msgspec.field(
        default=UNSET, name="auth_config"
    )
    settings: tuple[Setting, ...] | UnsetType = UNSET
    feature_flags: tuple[FeatureFlag, ...] | UnsetType = UNSET
    whitelist: tuple[str, ...] | UnsetType = UNSET
    external_components: tuple[str, ...] | UnsetType = UNSET
    routes: tuple[Route, ...] | UnsetType = UNSET
    menus: tuple[Menu, ...] | UnsetType = UNSET
    components: tuple[Component, ...] | UnsetType = UNSET
    users: tuple[DeclaredUser, ...] | UnsetType = UNSET
