"""Two layers, and what they come to."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tenantry.sdk import ABSENT, ConfigChange
from tenantry.sdk.model import Layer
from tenantry.sdk.tree import SEALED, Effect, LayeredTree

NOW = datetime(2024, 1, 15, tzinfo=UTC)
# Which Python takes for 1, and JSON does not.
YES = True


def change(
    name: str, value: Any, position: int, layer: Layer = "own", *, secret: bool = False
) -> ConfigChange:
    return ConfigChange(
        name=name,
        value=value,
        version=position,
        position=position,
        updated_at=NOW,
        layer=layer,
        is_secret=secret,
    )


def test_the_tenants_own_value_wins() -> None:
    tree = LayeredTree()

    assert tree.apply(change("a", 1, 1, "global")) == Effect("a", ABSENT, 1)
    assert tree.apply(change("a", 2, 2)) == Effect("a", 1, 2)
    assert tree.apply(change("a", 3, 3, "global")) is None
    assert tree.values == {"a": 2}
    assert tree.apply(change("a", ABSENT, 4)) == Effect("a", 2, 3)
    assert tree.apply(change("a", ABSENT, 5, "global")) == Effect("a", 3, ABSENT)
    assert tree.values == {}


def test_a_deletion_of_what_is_not_there_changes_nothing() -> None:
    tree = LayeredTree([change("a", 1, 1)])

    assert tree.apply(change("b", ABSENT, 2)) is None
    assert tree.apply(change("a", ABSENT, 3, "global")) is None
    assert tree.values == {"a": 1}


def test_null_is_a_value() -> None:
    tree = LayeredTree([change("a", 1, 1, "global")])

    assert tree.apply(change("a", None, 2)) == Effect("a", 1, None)
    assert tree.values == {"a": None}


def test_a_secret_is_not_shown() -> None:
    tree = LayeredTree([change("a", "[secret]", 1, secret=True)])

    assert tree.values["a"] is SEALED
    assert tree.apply(change("a", "plain", 2)) == Effect("a", "[secret]", "plain")


def test_two_trees_are_compared_by_what_counts() -> None:
    tree = LayeredTree([change("a", 1, 1), change("b", 1, 2), change("c", 1, 3, "global")])
    later = LayeredTree(
        [
            change("a", 1, 1),
            change("b", YES, 5),
            change("c", 1, 3, "global"),
            change("d", 0, 6),
        ]
    )

    assert list(tree.differences(later)) == [Effect("b", 1, YES), Effect("d", ABSENT, 0)]
    assert list(later.differences(LayeredTree())) == [
        Effect("a", 1, ABSENT),
        Effect("b", YES, ABSENT),
        Effect("c", 1, ABSENT),
        Effect("d", 0, ABSENT),
    ]


@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from("ab"),
            st.sampled_from([ABSENT, None, 1, "x"]),
            st.sampled_from(["own", "global"]),
        ),
        max_size=30,
    )
)
def test_values_are_always_what_the_layers_come_to(
    steps: list[tuple[str, Any, Layer]],
) -> None:
    tree, layers = LayeredTree(), {"own": dict[str, Any](), "global": dict[str, Any]()}
    seen: dict[str, Any] = {}

    for position, (name, value, layer) in enumerate(steps, 1):
        effect = tree.apply(change(name, value, position, layer))
        if value is ABSENT:
            layers[layer].pop(name, None)
        else:
            layers[layer][name] = value
        if effect is not None:
            assert seen.get(name, ABSENT) == effect.old
            seen[name] = effect.new

    assert tree.values == {**layers["global"], **layers["own"]}
    assert {name: value for name, value in seen.items() if value is not ABSENT} == tree.values
    assert list(tree.differences(LayeredTree(tree.entries()))) == []
