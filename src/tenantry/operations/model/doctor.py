"""What an examination of an installation finds."""

from typing import Literal, TypeAlias

import msgspec

Verdict: TypeAlias = Literal["pass", "warning", "fail"]
Area: TypeAlias = Literal["configuration", "database", "services", "environment"]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """How one part of an installation is; what is not as it should be has a `remedy`."""

    area: Area
    component: str
    status: Verdict
    message: str
    remedy: str | None = None


class DoctorSummary(msgspec.Struct, frozen=True, kw_only=True):
    """How many findings there are of each kind, and a line on each area."""

    pass_count: int
    warning_count: int
    fail_count: int
    lines: tuple[str, ...]


class DoctorReport(msgspec.Struct, frozen=True, kw_only=True):
    """All findings, in the order in which they were made; `ok` where none of them is a fail."""

    ok: bool
    findings: tuple[Finding, ...]
    summary: DoctorSummary
