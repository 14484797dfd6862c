"""What a server answers about clients to commands, and files that declare them."""

from typing import Any

from tests.support.command_line import CommandLine

AT = "2026-07-20T08:00:00.000000Z"
DIGEST, OTHER_DIGEST = "sealed:" + "a" * 64, "sealed:" + "b" * 64

SHOP_FILE = """\
key: shop
name: Shop
routes:
  - {path: /, key: home, componentFqn: shop.Home@1.0.0, public: true}
"""
BLOG_FILE = "key: blog\nname: Blog\n"
SHOP: dict[str, Any] = {
    "key": "shop",
    "name": "Shop",
    "routes": [
        {"path": "/", "key": "home", "componentFqn": "shop.Home@1.0.0", "public": True},
        {"path": "/old", "redirect": "/", "roles": ["ADMIN", "USER"]},
    ],
}


def counts(**routes: int) -> dict[str, Any]:
    """Return counts as a server has them: those of routes, and nothing of all else."""
    none = dict.fromkeys(("added", "updated", "moved", "removed", "unchanged"), 0)
    return {"routes": {**none, **routes}, "menus": none, "components": none, "users": none}


def result(key: str = "shop", **fields: Any) -> dict[str, Any]:
    """Return what an apply answers of a client that was changed."""
    told = {"key": key, "tenant": "acme", "revision": 4, "changed": True}
    return {**told, "counts": counts(added=1), **fields}


def same(key: str = "shop") -> dict[str, Any]:
    """Return what an apply answers of a client that is as it was; what is empty is left out."""
    return {"key": key, "tenant": "acme", "revision": 3, "changed": False}


def plan(key: str = "shop", **fields: Any) -> dict[str, Any]:
    """Return the plan of a client that would be changed."""
    told = {"key": key, "tenant": "acme", "name": "Shop", "revision": 3, "changed": True}
    return {**told, "counts": counts(), "plan_hash": "p1", **fields}


def plans(*clients: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"clients": clients, "plan_hash": "p", **fields}


def changes(*items: dict[str, Any], **numbers: int) -> dict[str, Any]:
    """Return what happens to a collection."""
    return {"changes": items, "counts": numbers}


def field(path: str, *sides: Any) -> dict[str, Any]:
    """Return a field that changes: before and after, or after alone."""
    names = ("before", "after")[-len(sides) :]
    return {"path": path, **dict(zip(names, sides, strict=True))}


def write_files(line: CommandLine, **files: str) -> None:
    """Write `clients/NAME.yaml` for each."""
    (line.cwd / "clients").mkdir(exist_ok=True)
    for name, content in files.items():
        line.write(f"clients/{name}.yaml", content)
