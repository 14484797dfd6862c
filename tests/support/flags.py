"""Flags for tests: one of each kind, and a node or server that has them."""

from typing import Any, Final

METHOD: Final[dict[str, Any]] = {
    "state": "ENABLED",
    "variants": {"direct": "direct", "temporal": "temporal"},
    "defaultVariant": "direct",
    "targeting": {
        "if": [
            {"in": [{"var": "targetingKey"}, ["tenant-1"]]},
            "temporal",
            {"fractional": [["temporal", 10], ["direct", 90]]},
        ]
    },
}
"""A tenant that is named, and a tenth of all others."""


def flag_of(value: object, **more: object) -> dict[str, Any]:
    """Return a flag that is `value` for everybody."""
    return {"state": "ENABLED", "variants": {"only": value}, "defaultVariant": "only", **more}


FLAGS: Final[dict[str, dict[str, Any]]] = {
    "boolean": {**flag_of(True), "metadata": {"owner": "billing", "rank": 2}},  # noqa: FBT003 - a value
    "string": flag_of("blue"),
    "integer": flag_of(7),
    "float": flag_of(2.5),
    "whole-float": {
        "state": "ENABLED",
        "variants": {"one": 1, "half": 0.5},
        "defaultVariant": "one",
    },
    "object": flag_of({"colour": "blue", "sizes": [1, 2.5]}),
    "disabled": {**flag_of("never"), "state": "DISABLED"},
    "code-default": {"state": "ENABLED", "variants": {"a": "a"}, "defaultVariant": None},
    "targeted": {
        "state": "ENABLED",
        "variants": {"gold": "gold", "plain": "plain"},
        "defaultVariant": "plain",
        "targeting": {
            "if": [
                {
                    "and": [
                        {"ends_with": [{"var": "email"}, "@example.com"]},
                        {"sem_ver": [{"var": "version"}, ">=", "2.1.0"]},
                    ]
                },
                "gold",
            ]
        },
    },
    "split": METHOD,
}
