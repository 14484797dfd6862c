"""From findings to a report."""

from collections.abc import Iterable
from typing import Final

from tenantry.operations.model import Area, DoctorReport, DoctorSummary, Finding, Verdict

MARKS: Final[dict[Verdict, str]] = {"pass": "✅", "warning": "⚠️ ", "fail": "❌"}
"""What a line about such a finding begins with; the warning sign is narrower than its place."""

_LINES: Final[dict[Area, dict[Verdict, str]]] = {
    "configuration": {
        "pass": "Configuration validation passed",
        "warning": "Configuration validation passed, with",
        "fail": "Configuration validation failed:",
    },
    "database": {
        "pass": "Database connectivity verified",
        "warning": "Database connectivity verified, with",
        "fail": "Database connectivity not verified:",
    },
    "services": {
        "pass": "External services healthy",
        "warning": "External services degraded:",
        "fail": "External services unhealthy:",
    },
    "environment": {
        "pass": "Environment requirements met",
        "warning": "Environment requirements met, with",
        "fail": "Environment requirements not met:",
    },
}
_UNKNOWN: Final[dict[Area, str]] = {
    "configuration": "Configuration not examined",
    "database": "Database connectivity not examined",
    "services": "External services not examined",
    "environment": "Environment requirements not examined",
}


def report_of(findings: Iterable[Finding]) -> DoctorReport:
    """Count the findings, and sum each area up in one line."""
    found = tuple(findings)
    summary = DoctorSummary(
        pass_count=_count(found, "pass"),
        warning_count=_count(found, "warning"),
        fail_count=_count(found, "fail"),
        lines=tuple(_line(area, [f for f in found if f.area == area]) for area in _LINES),
    )
    return DoctorReport(ok=not summary.fail_count, findings=found, summary=summary)


def _line(area: Area, findings: list[Finding]) -> str:
    if not findings:
        return f"{MARKS['warning']} {_UNKNOWN[area]}"
    words = _LINES[area]
    if count := _count(findings, "fail"):
        return f"{MARKS['fail']} {words['fail']} {_counted(count, 'problem')}"
    if count := _count(findings, "warning"):
        return f"{MARKS['warning']} {words['warning']} {_counted(count, 'warning')}"
    return f"{MARKS['pass']} {words['pass']}"


def _count(findings: Iterable[Finding], status: Verdict) -> int:
    return sum(finding.status == status for finding in findings)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
