"""The nodes of a YAML document: what stands where, bounded, and in which line it is wrong."""

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import yaml

from tenantry.base.codec import MAX_DEPTH
from tenantry.base.errors import Invalid

LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
TAG: Final = "tag:yaml.org,2002:"

_NOUNS: Final = {
    "timestamp": "a date",
    "binary": "binary",
    "set": "a set",
    "omap": "an ordered mapping",
    "pairs": "a list of pairs",
}


# What is nested deeper than JSON may be is told by the reader, with its key.
_MOST_LEVELS: Final = 1_000
# libyaml nests nodes on the stack of the thread, which it overflows without a word. Below these
# nothing can be nested that deep: a level takes a bracket, or half a column of one line.
_HARMLESS_BRACKETS: Final = 1_000
_HARMLESS_COLUMNS: Final = 500


def compose(text: str, *, loader: Any, source: str) -> Any:
    """Return the root of the one document in `text`, None where there is none.

    Raises `Invalid`, and what PyYAML raises.
    """
    if _may_be_deep(text):
        _check_depth(text, loader, source)
    return yaml.compose(text, Loader=loader)


@contextmanager
def parsing(source: str) -> Iterator[None]:
    """Turn what PyYAML raises into `Invalid`, with the line."""
    try:
        yield
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise Invalid(f"{source}:{line}: {error.problem}", field=source, wants="YAML") from error
    except yaml.YAMLError as error:
        raise Invalid(f"{source}: {error}", field=source, wants="YAML") from error
    except RecursionError as error:
        raise Invalid(field=source, got="nesting beyond any use", wants="200 levels") from error


def _may_be_deep(text: str) -> bool:
    if text.count("[") + text.count("{") > _HARMLESS_BRACKETS:
        return True
    return max(map(len, text.splitlines()), default=0) > _HARMLESS_COLUMNS


def _check_depth(text: str, loader: Any, source: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _MOST_LEVELS:
            line = event.start_mark.line + 1 if event.start_mark else 1
            told = f"{source}:{line}: is nested too deep, wants {MAX_DEPTH} levels"
            raise Invalid(told, field=source, wants=f"{MAX_DEPTH} levels")


class NodeReader(ABC):
    """Turns nodes into JSON values; `path` is the keys on the way to a node.

    At most `most_nodes` are visited, and those behind an alias each time that it is used.
    """

    def __init__(self, source: str, *, most_nodes: int) -> None:
        self._source = source
        self._most_nodes = most_nodes
        self._node_count = 0

    @abstractmethod
    def scalar_of(self, node: yaml.Node, path: tuple[str, ...]) -> Any:
        """Return what a scalar says; raises `Invalid` where that is not clear, or not JSON."""

    def start(self) -> None:
        """Count anew."""
        self._node_count = 0

    def entries(
        self, mapping: yaml.MappingNode, path: tuple[str, ...]
    ) -> Iterator[tuple[str, yaml.Node]]:
        """Yield the entries of `mapping`, those it merges in (`<<`) last."""
        merged: list[yaml.Node] = []
        seen: set[str] = set()
        for key, value in mapping.value:
            if key.tag == f"{TAG}merge":
                merged.append(value)
                continue
            name = self._key_of(key, path)
            if name in seen:
                raise self.refused(key, (*path, name), "appears twice", "each key once")
            seen.add(name)
            yield name, value

        for node in merged:
            for name, value in self._merged_entries(node, path):
                if name not in seen:
                    seen.add(name)
                    yield name, value

    def _merged_entries(
        self, node: yaml.Node, path: tuple[str, ...]
    ) -> Iterator[tuple[str, yaml.Node]]:
        sources = node.value if isinstance(node, yaml.SequenceNode) else [node]
        for source in sources:
            self._count(source, path)
            if not isinstance(source, yaml.MappingNode):
                raise self.refused(node, (*path, "<<"), "is no mapping", "a mapping to merge")
            yield from self.entries(source, path)

    def _key_of(self, key: yaml.Node, path: tuple[str, ...]) -> str:
        if not isinstance(key, yaml.ScalarNode):
            raise self.refused(key, path, "has a key that is no text", "text as keys")
        read = self.scalar_of(key, (*path, key.value))
        if not isinstance(read, str):
            wants = f"quotes around it where it is a name: {json.dumps(key.value)}"
            raise self.refused(key, (*path, key.value), "is no text as a key", wants)
        return read

    def value_of(self, node: yaml.Node, path: tuple[str, ...]) -> Any:
        """Return what a node and all beneath it say."""
        self._count(node, path)
        if isinstance(node, yaml.MappingNode):
            self._require(node, path, "map")
            return {
                name: self.value_of(value, (*path, name))
                for name, value in self.entries(node, path)
            }
        if isinstance(node, yaml.SequenceNode):
            self._require(node, path, "seq")
            return [
                self.value_of(item, (*path, str(index))) for index, item in enumerate(node.value)
            ]
        return self.scalar_of(node, path)

    def _require(self, node: yaml.Node, path: tuple[str, ...], kind: str) -> None:
        if node.tag != f"{TAG}{kind}":
            raise self.not_json(node, path)

    def _count(self, node: yaml.Node, path: tuple[str, ...]) -> None:
        """Bound what aliases can blow up, and what refers to itself."""
        self._node_count += 1
        if len(path) > MAX_DEPTH + 1:
            raise self.refused(node, path[:1], "is nested too deep", f"{MAX_DEPTH} levels")
        if self._node_count > self._most_nodes:
            raise self.refused(node, path[:1], "is too large", f"at most {self._most_nodes} nodes")

    def not_json(self, node: yaml.Node, path: tuple[str, ...]) -> Invalid:
        """Return why a node with a tag that JSON has nothing for is refused."""
        kind = node.tag.removeprefix(TAG)
        return self.refused(
            node, path, f"is {_NOUNS.get(kind, kind)}", "what JSON can say, or quotes around text"
        )

    def refused(self, node: yaml.Node, path: tuple[str, ...], problem: str, wants: str) -> Invalid:
        """Return why a node is refused, with its line."""
        place = f"{self._source}:{node.start_mark.line + 1}"
        key = " > ".join(path)
        return Invalid(f"{place}: {key} {problem}, wants {wants}", field=key, wants=wants)
