"""What a flag definition may be, and what is said of one that may not."""

from typing import Any

import msgspec
import pytest

from tenantry.base.errors import Invalid, Unprocessable
from tenantry.flags.errors import FlagDefinitionInvalid, FlagKeyInvalid
from tenantry.flags.model import MAX_DEFINITION_BYTES
from tenantry.flags.rules import check_setting, read_definition
from tests.support.flags import FLAGS, METHOD, flag_of

SOUND: dict[str, Any] = {"state": "ENABLED", "variants": {"a": 1, "b": 2}, "defaultVariant": "a"}


def _rule(rule: object) -> dict[str, Any]:
    return {**SOUND, "targeting": rule}


REFUSED: dict[str, tuple[object, str]] = {
    "no object": ([1], "value: "),
    "an unknown field": ({**SOUND, "varients": {}}, "value: got 'varients'"),
    "no state": ({"variants": {"a": 1}}, "value.state: got 'None'"),
    "another state": ({**SOUND, "state": "on"}, "value.state: got 'on'"),
    "no variants": ({"state": "ENABLED"}, "value.variants: "),
    "empty variants": ({**SOUND, "variants": {}}, "value.variants: "),
    "a variant without a name": ({**SOUND, "variants": {"": 1}}, "value.variants: "),
    "a variant without a value": ({**SOUND, "variants": {"a": None}}, "value.variants.a: "),
    "variants of two types": ({**SOUND, "variants": {"a": 1, "b": "2"}}, "b is a string"),
    "a bool among numbers": ({**SOUND, "variants": {"a": 1, "b": True}}, "b is a boolean"),
    "a default that is none": ({**SOUND, "defaultVariant": "c"}, "value.defaultVariant: got 'c'"),
    "a default that is no name": ({**SOUND, "defaultVariant": 1}, "value.defaultVariant: got 1"),
    "metadata that is deep": ({**SOUND, "metadata": {"x": {}}}, "value.metadata.x: "),
    "a rule that is no object": (_rule("a"), "value.targeting: "),
    "a rule with two operators": (_rule({"if": [], "or": []}), "value.targeting: "),
    "an unknown operator": (_rule({"when": [1]}), "value.targeting: got 'when'"),
    "an operator with a dot": (_rule({"if.x": [1]}), "value.targeting: got 'if.x'"),
    "one that may not end": (_rule({"reduce": [[1], {"var": ""}, 0]}), "run for ever"),
    "one that writes": (_rule({"if": [{"log": "x"}, "a"]}), "value.targeting.if[0]: got 'log'"),
    "shared evaluators": (_rule({"if": [{"$ref": "x"}, "a"]}), "each flag here stands alone"),
    "a variant there is not": (_rule({"if": [True, "c"]}), "value.targeting.if[1]: got 'c'"),
    "a share there is not": (
        _rule({"if": [False, "a", {"fractional": [["c", 1], ["a", 1]]}]}),
        "value.targeting.if[2].fractional[0][0]: got 'c'",
    ),
    "an outcome that is a number": (_rule({"if": [True, 1]}), "value.targeting.if[1]: got 1"),
    "a weight with a fraction": (
        _rule({"fractional": [["a", 0.5], ["b", 1]]}),
        "value.targeting.fractional[0][1]: got 0.5",
    ),
    "a weight below nought": (
        _rule({"fractional": [["a", -1], ["b", 1]]}),
        "value.targeting.fractional[0][1]: got -1",
    ),
    "a weight that is a bool": (
        _rule({"fractional": [["a", True], ["b", 1]]}),
        "value.targeting.fractional[0][1]: got True",
    ),
    "no weight at all": (_rule({"fractional": [["a", 0], ["b", 0]]}), "weights of 0 together"),
    "weights beyond 32 bits": (_rule({"fractional": [["a", 2**31]]}), "weights of 2147483648"),
    "a share of three": (_rule({"fractional": [["a", 1, 1]]}), "value.targeting.fractional[0]: "),
    "no shares": (_rule({"fractional": []}), "value.targeting.fractional: "),
    "no shares but a key": (_rule({"fractional": [{"var": "x"}]}), "value.targeting.fractional: "),
    "a number beyond 64 bits": (_rule({"if": [{"<": [{"var": "x"}, 2**64]}, "a"]}), "64 bits"),
    "repetition in repetition": (
        _rule({"if": [{"some": [[1], {"all": [[1], True]}]}, "a"]}),
        "no repetition inside another",
    ),
    "repetition over what was computed": (
        _rule({"if": [{"some": [{"merge": [[1], [2]]}, True]}, "a"]}),
        "a list, or the attribute that has one",
    ),
    "too much repetition": (
        _rule({"if": [{"some": [{"var": "x"}, {"in": [{"var": ""}, list(range(60))]}]}, "a"]}),
        "over 50 parts",
    ),
    "too many parts": (
        _rule({"if": [{"in": [{"var": "x"}, list(range(5_000))]}, "a"]}),
        "over 5000 parts",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_flag_is_refused_with_the_place(case: str) -> None:
    value, told = REFUSED[case]

    with pytest.raises(FlagDefinitionInvalid) as caught:
        check_setting("flag:x", msgspec.json.encode(value))

    assert told in caught.value.message
    assert caught.value.details is not None
    assert caught.value.details["field"].startswith("value")
    assert isinstance(caught.value, Unprocessable)


def test_a_rule_that_is_too_deep_or_too_long_is_refused() -> None:
    deep: Any = "a"
    for _ in range(60):
        deep = {"if": [True, deep]}
    with pytest.raises(FlagDefinitionInvalid, match="nesting beyond 50"):
        check_setting("flag:x", msgspec.json.encode(_rule(deep)))
    with pytest.raises(FlagDefinitionInvalid, match="at most 65536 bytes"):
        check_setting("flag:x", msgspec.json.encode(flag_of("x" * MAX_DEFINITION_BYTES)))


@pytest.mark.parametrize("key", FLAGS)
def test_one_of_each_kind_is_a_flag(key: str) -> None:
    check_setting(f"flag:{key}", msgspec.json.encode(FLAGS[key]))


@pytest.mark.parametrize(
    "rule",
    [
        {},
        {"if": [True, None]},
        {"if": [{"var": "x"}, True, False]},
        {"fractional": [{"cat": [{"var": "$flagd.flagKey"}, {"var": "email"}]}, ["true", 1]]},
        {"fractional": [["true"], ["false"]]},
        {"fractional": [["true", {"var": "weight"}], ["false", 1]]},
        {"fractional": [[{"fractional": [["true", 1], ["false", 1]]}, 1], ["false", 1]]},
        {"if": [{"some": [{"var": "roles"}, {"==": [{"var": ""}, "admin"]}]}, "true"]},
        {"or": [{"var": "chosen"}, "true"]},
        {"var": ["chosen", "true"]},
    ],
)
def test_what_flagd_has_for_rules_is_allowed(rule: object) -> None:
    variants = {"true": True, "false": False}
    flag = {"state": "ENABLED", "variants": variants, "targeting": rule}

    check_setting("flag:x", msgspec.json.encode(flag))


@pytest.mark.parametrize("name", ["flag:", "flag:$evaluators", "flag:$schema"])
def test_what_is_no_key_is_refused(name: str) -> None:
    with pytest.raises(FlagKeyInvalid):
        check_setting(name, msgspec.json.encode(SOUND))


@pytest.mark.parametrize("value", [b"", b"{", b"\xff", b"nul", b'{"a":' * 300])
def test_what_is_no_json_is_refused(value: bytes) -> None:
    with pytest.raises(Invalid):
        check_setting("flag:x", value)


@pytest.mark.parametrize(
    "variants, kind",
    [
        ({"a": True}, "boolean"),
        ({"a": "x"}, "string"),
        ({"a": 1, "b": 2}, "integer"),
        ({"a": 1, "b": 2.5}, "float"),
        ({"a": 1.0}, "float"),
        ({"a": {}, "b": [1]}, "object"),
    ],
)
def test_all_variants_are_of_one_kind(variants: dict[str, Any], kind: str) -> None:
    flag = {"state": "ENABLED", "variants": variants}

    assert read_definition("x", msgspec.json.encode(flag)).kind == kind


@pytest.mark.parametrize(
    "rule, is_timed",
    [
        (METHOD["targeting"], False),
        ({"if": [{"<": [{"var": "$flagd.timestamp"}, 1]}, "direct"]}, True),
        ({"if": [{"var": ["$flagd.timestamp", 0]}, "direct"]}, True),
        ({"if": [{"var": {"cat": ["$flagd", ".timestamp"]}}, "direct"]}, True),
        ({"if": [{"var": "$flagd.flagKey"}, "direct"]}, False),
    ],
)
def test_a_rule_that_asks_for_the_time_is_known(rule: object, *, is_timed: bool) -> None:
    flag = {**METHOD, "targeting": rule}

    assert read_definition("x", msgspec.json.encode(flag)).is_timed is is_timed
