"""Findings as SARIF 2.1.0, which code hosts and editors show.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from collections.abc import Iterable
from pathlib import PurePath, PureWindowsPath
from typing import Any, Final
from urllib.parse import quote

from tenantry import __version__
from tenantry.clients.model import CODES, Finding
from tenantry.clients.rules.linting import RULES

_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_SAFE: Final = "/:@!$&'()*+,;=~-._"


def sarif(findings: Iterable[Finding]) -> dict[str, Any]:
    """Return a SARIF log of one run: all rules there are, and a result for each finding.

    A result has the file, where it is known, and the JSON path as its logical location.
    """
    driver = {
        "name": "tenantry",
        "semanticVersion": __version__,
        "rules": [_rule(code) for code in CODES],
    }
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "columnKind": "unicodeCodePoints",
                "results": [_result(finding) for finding in findings],
            }
        ],
    }


def _rule(code: str) -> dict[str, Any]:
    rule = RULES[code]
    return {
        "id": code,
        "shortDescription": {"text": f"{rule.what[:1].upper()}{rule.what[1:]}."},
        "defaultConfiguration": {"level": rule.severity},
    }


def _result(finding: Finding) -> dict[str, Any]:
    fix = f" Fix: {finding.fix}" if finding.fix else ""
    return {
        "ruleId": finding.code,
        "ruleIndex": CODES.index(finding.code),
        "level": finding.severity,
        "message": {"text": f"{finding.client}: {finding.message}.{fix}"},
        "locations": [_location(finding)],
    }


def _location(finding: Finding) -> dict[str, Any]:
    location: dict[str, Any] = {"logicalLocations": [{"fullyQualifiedName": finding.path}]}
    if finding.file:
        location["physicalLocation"] = {"artifactLocation": {"uri": _uri(finding.file)}}
    return location


def _uri(file: str) -> str:
    """Return a file as a URI, a relative one where it is relative."""
    path = PureWindowsPath(file) if "\\" in file else PurePath(file)
    quoted = quote(path.as_posix(), safe=_SAFE)
    return f"file:///{quoted.lstrip('/')}" if path.is_absolute() else quoted
