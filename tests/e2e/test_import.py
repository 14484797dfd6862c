"""A large tree goes in, comes back, and is still there after a restart."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from tests.support.command_line import CommandLine, running_server
from tests.support.counts import soak_count

NAMES = 10_000
LARGE = 900_000
WORDS = [
    "alpha",
    "größe",
    "ключ",
    "数据",
    "🎉🚀",
    "tab\tline\n",
    '"quoted"',
    "\\",
    "\u2028",
    "\x00",
]
STARTS = ["app", "größe", "ключ", "数据", "🎉🚀", '"quoted"', "\\", "%2E", "a b", "?"]


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_a_large_tree_goes_in_and_comes_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tree = make_tree(random.Random(7), soak_count(NAMES))
    tenantry = CommandLine(tmp_path, capsys)
    tenantry.write("tree.json", json.dumps(tree, ensure_ascii=False, indent=2))

    with running_server(tmp_path):
        begin = tenantry.log_end()
        report = tenantry.json("config", "import", "tree.json")
        assert report == {"created": len(tree), "updated": 0, "unchanged": 0}
        assert_agrees(tenantry, tree, begin=begin)

    with running_server(tmp_path):
        assert_agrees(tenantry, tree, begin=begin)
        assert tenantry("log", "verify") == 0

        # Twice does nothing, whichever form it comes back in.
        for file in ("tree.json", "out.json", "out.yaml"):
            assert tenantry("config", "import", file) == 0
            assert tenantry.out == f"0 created, 0 updated, {len(tree)} unchanged\n"
        assert tenantry.json("log", "head")["position"] == begin + len(tree)


def assert_agrees(tenantry: CommandLine, tree: dict[str, Any], *, begin: int) -> None:
    """Assert that list, export, get, history and at say what `tree` says, behind `begin`."""
    listed = tenantry.json("config", "list")
    assert {entry["name"]: entry["value"] for entry in listed} == tree
    assert [entry["name"] for entry in listed] == sorted(tree)

    assert tenantry("config", "export", "out.json") == 0
    assert json.loads((tenantry.cwd / "out.json").read_bytes()) == tree
    assert tenantry("config", "export", "out.yaml") == 0

    end = tenantry.json("config", "get", max(tree))["updated_at"]
    half = tenantry.json("config", "list", "--at", str(begin + len(tree) // 2))
    assert len(half) == len(tree) // 2
    assert all(entry["value"] == tree[entry["name"]] for entry in half)

    for name in random.Random(1).sample(sorted(tree), 15):
        got = tenantry.json("config", "get", name)
        assert (got["value"], got["version"]) == (tree[name], 1)
        (record,) = tenantry.json("config", "history", name)
        assert record["data"]["value"] == tree[name]
        at = tenantry.json("config", "get", name, "--at", got["updated_at"])
        assert at["value"] == tree[name]
        if got["updated_at"] <= end:
            assert tenantry.json("config", "at", name, end)["value"] == tree[name]


def make_tree(chance: random.Random, count: int) -> dict[str, Any]:
    """Return `count` settings: nested, of every script, and a few of nearly a megabyte."""
    tree: dict[str, Any] = {}
    for number in range(count):
        name = f"{chance.choice(STARTS)}:{number:05}:{chance.choice('äb🎈')}"
        tree[name] = make_value(chance, depth=0)

    large = chance.sample(sorted(tree), 4)
    tree[large[0]] = "x" * LARGE
    tree[large[1]] = "ж" * LARGE
    tree[large[2]] = {"list": [chance.random() for _ in range(LARGE // 20)]}
    tree[large[3]] = nested(150)
    return tree


def make_value(chance: random.Random, *, depth: int) -> Any:
    kind = chance.randrange(9 if depth < 4 else 6)
    if kind == 0:
        return chance.choice([None, True, False, "", 0, "no", "2024-01-01", "1e3"])
    if kind <= 2:
        return chance.randrange(-(10**12), 10**25)
    if kind == 3:
        return chance.random() * 10 ** chance.randrange(-300, 300)
    if kind <= 5:
        return " ".join(chance.choices(WORDS, k=chance.randrange(1, 8)))
    if kind == 6:
        return [make_value(chance, depth=depth + 1) for _ in range(chance.randrange(5))]
    return {
        f"{chance.choice(WORDS)}{n}": make_value(chance, depth=depth + 1)
        for n in range(chance.randrange(5))
    }


def nested(depth: int) -> Any:
    value: Any = "deep"
    for _ in range(depth):
        value = [value]
    return value
