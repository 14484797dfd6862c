"""What a flag is for a context, why, and that the reference evaluator would say the same."""

from typing import Any

import msgspec
import pytest
from openfeature.contrib.tools.flagd.core import FlagdCore
from openfeature.evaluation_context import EvaluationContext

from tenantry.flags.errors import FlagContextInvalid
from tenantry.flags.model import Evaluation
from tenantry.flags.rules import checked_context, evaluate
from tests.support.flags import FLAGS, METHOD


def _evaluate(flag: object, **context: Any) -> Evaluation:
    return evaluate("split", msgspec.json.encode(flag), context)


@pytest.mark.parametrize(
    "key, context, value, variant, reason",
    [
        ("boolean", {}, True, "only", "STATIC"),
        ("string", {}, "blue", "only", "STATIC"),
        ("integer", {}, 7, "only", "STATIC"),
        ("float", {}, 2.5, "only", "STATIC"),
        ("whole-float", {}, 1.0, "one", "STATIC"),
        ("object", {}, {"colour": "blue", "sizes": [1, 2.5]}, "only", "STATIC"),
        ("targeted", {}, "plain", "plain", "DEFAULT"),
        (
            "targeted",
            {"email": "ada@example.com", "version": "2.1"},
            "gold",
            "gold",
            "TARGETING_MATCH",
        ),
        ("targeted", {"email": 3, "version": []}, "plain", "plain", "DEFAULT"),
        ("split", {"targetingKey": "tenant-1"}, "temporal", "temporal", "TARGETING_MATCH"),
        ("split", {"targetingKey": "tenant-9"}, "direct", "direct", "SPLIT"),
        # Without anything to divide by nothing is divided.
        ("split", {}, "direct", "direct", "DEFAULT"),
    ],
)
def test_a_flag_is_what_its_definition_says(
    key: str, context: dict[str, Any], value: object, variant: str, reason: str
) -> None:
    found = evaluate(key, msgspec.json.encode(FLAGS[key]), context)

    assert (found.value, type(found.value)) == (value, type(value))
    assert (found.variant, found.reason, found.error_code) == (variant, reason, None)


@pytest.mark.parametrize("key, reason", [("disabled", "DISABLED"), ("code-default", "DEFAULT")])
def test_where_the_code_decides_there_is_no_value_and_no_variant(key: str, reason: str) -> None:
    found = evaluate(key, msgspec.json.encode(FLAGS[key]), {})

    assert not found.has_value
    assert (found.variant, found.reason, found.error_code) == ("", reason, None)


@pytest.mark.parametrize(
    "rule",
    [
        {"/": [1, 0]},
        {"%": [1, 0]},
        {"cat": ["no", "variant"]},
        {"sem_ver": ["1.0.0", "=", "1.0.0"]},
        {"-": [{"var": "a"}, {"var": "b"}]},
        {"<": [{"var": "a"}, {"var": "b"}]},
        {"==": ["a", [{"var": "a"}]]},
    ],
)
def test_a_rule_that_fails_is_an_answer(rule: object) -> None:
    found = _evaluate({**METHOD, "targeting": rule}, a={"x": 1}, b=[None])

    assert found.error_code == "GENERAL"
    assert (found.reason, found.has_value) == ("ERROR", False)
    assert found.error_details


@pytest.mark.parametrize(
    "rule, reason",
    [
        ({"fractional": [["direct", 1]]}, "SPLIT"),
        ({"if": [False, "temporal", {"fractional": [["direct", 1]]}]}, "SPLIT"),
        ({"if": [True, {"if": [True, {"fractional": [["direct", 1]]}]}]}, "SPLIT"),
        ({"if": [{"fractional": [["x", 1]]}, "direct"]}, "TARGETING_MATCH"),
        ({"if": [True, "direct", {"fractional": [["direct", 1]]}]}, "TARGETING_MATCH"),
        ({"or": [{"fractional": [["direct", 1]]}]}, "TARGETING_MATCH"),
    ],
)
def test_a_split_is_told_where_the_branch_that_was_taken_divides(rule: object, reason: str) -> None:
    assert _evaluate({**METHOD, "targeting": rule}, targetingKey="t").reason == reason


def test_a_thousand_keys_get_the_shares_that_the_reference_deals() -> None:
    core = FlagdCore()
    core.set_flags(msgspec.json.encode({"flags": {"split": METHOD}}).decode())
    value = msgspec.json.encode(METHOD)

    shares = 0
    for number in range(1_000):
        key = f"tenant-{number}"
        reference = core.resolve_string_value("split", "", EvaluationContext(key, {}))
        found = evaluate("split", value, {"targetingKey": key})
        assert (found.value, found.variant) == (reference.value, reference.variant)
        shares += found.value == "temporal"
    assert 70 < shares < 130


@pytest.mark.parametrize(
    "context",
    [
        {"targetingKey": 1},
        {"targetingKey": ["t"]},
        {"x": list(range(1_001))},
        {"x": 10**400},
    ],
)
def test_a_context_that_would_take_long_is_refused(context: dict[str, Any]) -> None:
    with pytest.raises(FlagContextInvalid):
        checked_context(context)


def test_any_other_context_is_not() -> None:
    for context in ({}, {"targetingKey": "", "x": [*range(900)], "y": {"z": None}, "n": -(2**63)}):
        assert checked_context(context) == context


def test_a_whole_number_beyond_64_bits_is_what_most_programs_make_of_it() -> None:
    bounded = checked_context({"x": [{"y": 2**63}], "z": 2**63 - 1})

    assert bounded == {"x": [{"y": float(2**63)}], "z": 2**63 - 1}
    assert isinstance(bounded["x"][0]["y"], float)
