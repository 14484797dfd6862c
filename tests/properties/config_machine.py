"""What every part of the state machine of settings stands on: a node, its model, and drawing."""

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Any, TypeVar

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine

from tenantry.base.codec import encode_json
from tests.properties.config_model import ConfigModel, Fact
from tests.properties.config_moves import NAMES, PREFIXES, TENANTS, VALUES
from tests.support.nodes import ConfigClient, Node

T = TypeVar("T")

_PICK = st.integers(0, 1_000)
TENANT = st.sampled_from(TENANTS)
PREFIX = st.sampled_from(PREFIXES)
NAME = st.sampled_from(NAMES) | st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/"), min_size=1, max_size=6
).filter(lambda name: name not in {".", "..", "watch", "diff", "schema"})
_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
)
_ANY_VALUE = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
).map(encode_json)
# What simple schemas are about, as often as anything at all.
VALUE = st.sampled_from(VALUES) | _ANY_VALUE


class Drawing:
    """A chooser that Hypothesis decides for.

    What is drawn does not depend on how many there are to choose from: the model after several
    operations at once is not the same each time, and Hypothesis repeats what it has drawn.
    """

    def __init__(self, data: st.DataObject) -> None:
        self._data = data

    def one_of(self, items: Sequence[T]) -> T:
        """Choose one of `items`."""
        return items[self._data.draw(_PICK) % len(items)]

    def number(self, most: int) -> int:
        """Choose from 0 to `most`."""
        return self._data.draw(_PICK) % (most + 1)

    def name(self) -> str:
        """Choose a name."""
        return self._data.draw(NAME)

    def value(self) -> bytes:
        """Choose a value, as JSON."""
        return self._data.draw(VALUE)


class ConfigMachine(RuleBasedStateMachine):
    """One node on a database that was empty, so that nothing drawn depends on what was before."""

    def __init__(self, node: Node, loop: asyncio.Runner) -> None:
        super().__init__()
        self.node = node
        self.loop = loop
        self.model = ConfigModel()
        self.run(node.start())

    def teardown(self) -> None:
        """Stop the node."""
        self.run(self.node.stop())

    def run(self, awaitable: Awaitable[T]) -> T:
        """Wait for something, and not for ever."""

        async def wait() -> T:
            return await asyncio.wait_for(awaitable, 30)

        return self.loop.run(wait())

    def http(self, tenant_id: str) -> ConfigClient:
        """Return a client of a tenant's settings."""
        return self.node.configs(tenant_id)

    def now(self) -> int:
        """Return what time the node has."""
        return self.node.clock.now_us()


def shown(fact: Fact) -> Any:
    """Return the value of a fact as everybody sees it."""
    return msgspec.json.decode(fact.entry.value)
