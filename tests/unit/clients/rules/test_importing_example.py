"""The client that newcomers copy: it is valid, and an import has nothing to change in it."""

from typing import Any

import msgspec
import yaml

from tenantry.clients.model import ClientConfig, Component, MenuEntry, Route
from tenantry.clients.rules import imported
from tests.support.repository import ROOT

FOLDER = ROOT / "docs" / "examples" / "clients" / "acme"


def example() -> dict[str, Any]:
    """Return the client with each part from its file."""
    raw: dict[str, Any] = yaml.safe_load((FOLDER / "config.yaml").read_text(encoding="utf-8"))
    for file in sorted(FOLDER.glob("*.yaml")):
        if file.stem != "config":
            raw[file.stem] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return raw


def test_the_example_is_valid_and_as_it_should_be() -> None:
    raw = example()

    assert imported(raw).changes == ()
    assert msgspec.convert(raw, ClientConfig).key == FOLDER.name


def test_every_component_of_the_example_is_registered_or_external() -> None:
    config = msgspec.convert(example(), ClientConfig)
    assert isinstance(config.components, tuple)
    assert isinstance(config.routes, tuple)

    registered = {_fqn(component) for component in config.components}
    used = {route.component_fqn for route in config.routes}
    assert {fqn for fqn in used if not fqn.startswith("core.")} == registered
    assert all("@" in fqn for fqn in used)


def test_every_link_of_the_example_leads_where_those_who_see_it_may_go() -> None:
    config = msgspec.convert(example(), ClientConfig)
    assert isinstance(config.menus, tuple)
    assert isinstance(config.routes, tuple)

    for menu in config.menus:
        ordinals = [entry.ordinal for entry in menu.entries]
        assert sorted(set(ordinals)) == ordinals
        for entry in menu.entries:
            for each in (entry, *entry.items):
                _check_link(each, menu.roles, config.routes)


def _check_link(entry: MenuEntry, roles: tuple[str, ...], routes: tuple[Route, ...]) -> None:
    seen_by = entry.roles if isinstance(entry.roles, tuple) else roles
    targets = [route for route in routes if _answers(route.path, entry.link)]
    assert targets, entry.link
    for role in seen_by:
        assert any(route.public or role in route.roles for route in targets), (entry.link, role)


def _answers(path: str, link: str) -> bool:
    parts, wanted = path.split("/"), link.split("/")
    pairs = zip(parts, wanted, strict=False)
    return len(parts) == len(wanted) and all(p == w or p.startswith(":") for p, w in pairs)


def _fqn(component: Component) -> str:
    return f"{component.name_space}.{component.name}@{component.version}"
