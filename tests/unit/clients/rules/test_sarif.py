"""Findings as SARIF: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html."""

from typing import Any

import jsonschema_rs
import pytest

from tenantry.clients.model import CODES, Finding
from tenantry.clients.rules.sarif import sarif

_TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}
_LEVEL = {"enum": ["none", "note", "warning", "error"]}
_RULE = {
    "type": "object",
    "required": ["id"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "string"},
        "shortDescription": _TEXT,
        "defaultConfiguration": {"type": "object", "properties": {"level": _LEVEL}},
    },
}
_LOCATION = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "physicalLocation": {
            "type": "object",
            "required": ["artifactLocation"],
            "properties": {
                "artifactLocation": {
                    "type": "object",
                    "properties": {"uri": {"type": "string", "format": "uri-reference"}},
                }
            },
        },
        "logicalLocations": {
            "type": "array",
            "uniqueItems": True,
            "items": {
                "type": "object",
                "properties": {"fullyQualifiedName": {"type": "string"}},
                "additionalProperties": False,
            },
        },
    },
}
_RESULT = {
    "type": "object",
    "required": ["message"],
    "additionalProperties": False,
    "properties": {
        "ruleId": {"type": "string"},
        "ruleIndex": {"type": "integer", "minimum": -1},
        "level": _LEVEL,
        "message": _TEXT,
        "locations": {"type": "array", "items": _LOCATION},
    },
}
_DRIVER = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string"},
        "semanticVersion": {"type": "string"},
        "rules": {"type": "array", "uniqueItems": True, "items": _RULE},
    },
}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["version", "runs"],
    "additionalProperties": False,
    "properties": {
        "$schema": {"type": "string", "format": "uri"},
        "version": {"enum": ["2.1.0"]},
        "runs": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["tool"],
                "properties": {
                    "tool": {"type": "object", "properties": {"driver": _DRIVER}},
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "results": {"type": "array", "items": _RESULT},
                },
            },
        },
    },
}


def finding(**fields: Any) -> Finding:
    return Finding(
        **{
            "code": "dead-link",
            "severity": "error",
            "client": "acme",
            "path": "$.menus[0].entries[1].link",
            "message": "no route answers /x",
            **fields,
        }
    )


def test_it_has_the_shape_of_a_log() -> None:
    log = sarif([finding(), finding(file="a b/acmé.yaml", fix="/y", severity="warning")])

    jsonschema_rs.validator_for(SCHEMA, validate_formats=True).validate(log)


def test_every_code_is_a_rule_with_its_level() -> None:
    rules = sarif([])["runs"][0]["tool"]["driver"]["rules"]

    assert [rule["id"] for rule in rules] == list(CODES)
    assert all(rule["shortDescription"]["text"].endswith(".") for rule in rules)


def test_a_finding_is_a_result_of_its_rule() -> None:
    (result,) = sarif([finding(fix="/y", file="clients/acme.yaml")])["runs"][0]["results"]

    assert result == {
        "ruleId": "dead-link",
        "ruleIndex": CODES.index("dead-link"),
        "level": "error",
        "message": {"text": "acme: no route answers /x. Fix: /y"},
        "locations": [
            {
                "logicalLocations": [{"fullyQualifiedName": "$.menus[0].entries[1].link"}],
                "physicalLocation": {"artifactLocation": {"uri": "clients/acme.yaml"}},
            }
        ],
    }


@pytest.mark.parametrize(
    "file, uri",
    [
        ("a b/acmé.yaml", "a%20b/acm%C3%A9.yaml"),
        ("/etc/acme.yaml", "file:///etc/acme.yaml"),
        (r"C:\acme #1.yaml", "file:///C:/acme%20%231.yaml"),
        (r"clients\acme.yaml", "clients/acme.yaml"),
    ],
)
def test_a_file_is_a_uri(file: str, uri: str) -> None:
    (result,) = sarif([finding(file=file)])["runs"][0]["results"]

    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


def test_a_finding_without_a_file_has_its_path_alone() -> None:
    (result,) = sarif([finding()])["runs"][0]["results"]

    assert result["locations"] == [
        {"logicalLocations": [{"fullyQualifiedName": "$.menus[0].entries[1].link"}]}
    ]
