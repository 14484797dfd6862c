"""Whatever is stored as a flag is refused, or evaluates as the reference evaluator has it."""

from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from openfeature.contrib.tools.flagd.core import FlagdCore
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import OpenFeatureError

from tenantry.base.errors import Invalid
from tenantry.flags.rules import check_setting, checked_context, evaluate

VARIANTS = ["a", "b", "c"]
COMPARISONS = ["!", "!!", "!=", "!==", "==", "===", "<", "<=", ">", ">=", "and", "or", "in"]
ARITHMETIC = ["%", "*", "+", "-", "/", "max", "min", "cat", "merge", "substr", "var", "missing"]
BRANCHES = ["if", "?:", "all", "filter", "map", "none", "some", "fractional"]
TEXTS = ["ends_with", "sem_ver", "starts_with", "missing_some"]
REFUSED = ["reduce", "log", "when"]
OPERATORS = [*COMPARISONS, *ARITHMETIC, *BRANCHES, *TEXTS, *REFUSED]

leaves = (
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from([*VARIANTS, "x", "targetingKey", "$flagd.flagKey", "1.2.3", "^", ""])
)
logic = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(OPERATORS), inner, min_size=1, max_size=1)
        | st.dictionaries(
            st.sampled_from(OPERATORS), st.lists(inner, max_size=4), min_size=1, max_size=2
        )
    ),
    max_leaves=25,
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=15,
)
flags = st.fixed_dictionaries(
    {
        "state": st.sampled_from(["ENABLED", "ENABLED", "DISABLED"]),
        "variants": st.sampled_from(
            [{"a": 1, "b": 2, "c": 3}, {"a": "x", "b": "", "c": "z"}, {"a": 0.5, "b": 1, "c": 0}]
        ),
    },
    optional={
        "defaultVariant": st.none() | st.sampled_from(VARIANTS),
        "targeting": st.dictionaries(
            st.sampled_from(OPERATORS), logic | st.lists(logic, max_size=4), max_size=1
        ),
        "metadata": st.dictionaries(st.text(min_size=1, max_size=3), st.integers(), max_size=2),
    },
)
contexts = st.dictionaries(st.sampled_from(["x", "roles", "y"]), json_values, max_size=3)


@given(flag=flags, context=contexts, key=st.none() | st.text(max_size=4))
@settings(max_examples=300, deadline=None)
def test_what_passes_is_what_the_reference_says(
    flag: dict[str, Any], context: dict[str, Any], key: str | None
) -> None:
    asked = context if key is None else {**context, "targetingKey": key}
    value = msgspec.json.encode(flag)
    try:
        check_setting("flag:tried", value)
        asked = dict(checked_context(asked))
    except Invalid:
        return

    found = evaluate("tried", value, asked)

    context = {name: got for name, got in asked.items() if name != "targetingKey"}
    reference = _reference(value, context, key)
    if found.error_code is not None:
        assert reference is None
        return
    assert reference is not None
    assert (found.variant or None) == reference[0]
    assert not found.has_value or found.value == reference[1]


@given(value=json_values | flags, context=contexts)
@settings(max_examples=200, deadline=None)
def test_whatever_is_stored_nothing_is_raised(value: object, context: dict[str, Any]) -> None:
    found = evaluate("tried", msgspec.json.encode(value), context)

    assert found.has_value == (found.variant != "")
    assert (found.error_code is None) == (found.reason != "ERROR")


def _reference(
    value: bytes, context: dict[str, Any], key: str | None
) -> tuple[str | None, Any] | None:
    core = FlagdCore()
    core.set_flags(_set_of(value))
    kind = type(next(iter(msgspec.json.decode(value)["variants"].values())))
    resolve: Any = core.resolve_string_value if kind is str else core.resolve_float_value
    try:
        found = resolve("tried", None, EvaluationContext(key, context))
    except (OpenFeatureError, ArithmeticError, TypeError, ValueError, LookupError, AttributeError):
        return None
    return found.variant, found.value


def _set_of(value: bytes) -> str:
    return f'{{"flags":{{"tried":{value.decode()}}}}}'
