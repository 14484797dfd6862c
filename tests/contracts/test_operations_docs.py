"""The operators' pages and the alerts say what the program says."""

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from tenantry.operations.service.drill_range import DRILL_NAME
from tests.support.repository import ROOT
from tests.support.server import ServerProcess

PAGE = ROOT / "docs/howto/operate-configs.md"
ALERTS = {
    ROOT / "deploy/prometheus/alerts.yml": PAGE,
    ROOT / "deploy/prometheus/client-alerts.yml": ROOT / "docs/howto/operate-clients.md",
    ROOT / "deploy/prometheus/sync-alerts.yml": ROOT / "docs/howto/watch-syncs.md",
}
"""Each file, and the page that shows it."""
FIRED = [
    ROOT / "tests/contracts/client_alerts.promtool.yml",
    ROOT / "tests/contracts/sync_alerts.promtool.yml",
]

SEVERITIES = {"critical", "warning"}
RULE_FIELDS = {"alert", "expr", "for", "labels", "annotations"}
NEEDED_FIELDS = RULE_FIELDS - {"for"}
DURATION = re.compile(r"([0-9]+[smhdwy])+")
LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
METRIC = re.compile(r"\b[a-z]+_[a-z_]+\b(?!\s*\()")
# What stands in quotes, in braces and in brackets is no metric.
NO_METRIC = re.compile(r'"[^"]*"|\{[^}]*\}|\[[^]]*\]|\b(?:on|by)\s*\([^)]*\)')
BRACKETS = {")": "(", "]": "[", "}": "{"}


@cache
def _groups() -> list[dict[str, Any]]:
    groups: list[dict[str, Any]] = []
    for path in ALERTS:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert set(document) == {"groups"}
        groups += document["groups"]
    return groups


def _rules() -> list[dict[str, Any]]:
    return [rule for group in _groups() for rule in group["rules"]]


def _metrics_of(rule: dict[str, Any]) -> set[str]:
    names = METRIC.findall(NO_METRIC.sub("", rule["expr"]))
    return {re.sub("_(bucket|sum|count)$", "", name) for name in names}


@pytest.mark.parametrize("alerts", ALERTS, ids=lambda path: path.name)
def test_a_page_shows_the_alerts_as_they_are_shipped(alerts: Path) -> None:
    page = ALERTS[alerts].read_text(encoding="utf-8")
    shown = re.findall(r"^```yaml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)

    assert alerts.read_text(encoding="utf-8") in shown


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_promtool_takes_the_alerts_and_sees_them_fire(tmp_path: Path) -> None:
    for path in (*ALERTS, *FIRED):
        shutil.copy(path, tmp_path)

    for arguments in (
        ["check", "rules", *(path.name for path in ALERTS)],
        ["test", "rules", *(path.name for path in FIRED)],
    ):
        done = subprocess.run(
            ["promtool", *arguments], cwd=tmp_path, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr.decode()


def test_groups_are_as_prometheus_reads_them() -> None:
    names = [group["name"] for group in _groups()]

    assert len(set(names)) == len(names)
    assert all(set(group) == {"name", "rules"} and group["rules"] for group in _groups())


@pytest.mark.parametrize("rule", _rules(), ids=lambda rule: str(rule["alert"]))
def test_a_rule_is_as_prometheus_reads_it(rule: dict[str, Any]) -> None:
    assert set(rule) >= NEEDED_FIELDS
    assert set(rule) <= RULE_FIELDS
    assert LABEL.fullmatch(rule["alert"])
    assert "for" not in rule or DURATION.fullmatch(rule["for"])
    for field in ("labels", "annotations"):
        assert all(LABEL.fullmatch(name) for name in rule[field])
        assert all(isinstance(value, str) and value for value in rule[field].values())


@pytest.mark.parametrize("rule", _rules(), ids=lambda rule: str(rule["alert"]))
def test_an_expression_has_all_its_brackets(rule: dict[str, Any]) -> None:
    waiting: list[str] = []
    for character in re.sub(r'"[^"]*"', "", rule["expr"]):
        if character in BRACKETS.values():
            waiting.append(character)
        elif character in BRACKETS:
            assert waiting.pop() == BRACKETS[character]

    assert waiting == []


@pytest.mark.parametrize("rule", _rules(), ids=lambda rule: str(rule["alert"]))
def test_an_alert_says_how_bad_it_is_and_what_to_do(rule: dict[str, Any]) -> None:
    page, _, anchor = rule["annotations"]["runbook"].partition("#")
    headings = re.findall(r"^## (.+)$", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE)

    assert rule["labels"]["severity"] in SEVERITIES
    assert rule["annotations"]["summary"]
    assert anchor in {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


def test_every_alert_has_a_name_of_its_own() -> None:
    names = [rule["alert"] for rule in _rules()]

    assert sorted(set(names)) == sorted(names)


def test_no_alert_is_of_a_breaker_that_guards_nothing() -> None:
    of_breakers = [rule for rule in _rules() if "tenantry_breaker_state" in rule["expr"]]

    assert of_breakers
    assert all(f'breaker!="{DRILL_NAME}"' in rule["expr"] for rule in of_breakers)


def test_every_metric_of_an_alert_is_one_that_a_server_exposes(tmp_path: Path) -> None:
    with ServerProcess(tmp_path, "--dev") as server:
        server.wait_until_ready()
        with server.client() as http:
            exposed = re.findall(r"^# TYPE (\w+) ", http.get("/metrics").text, re.MULTILINE)

    for rule in _rules():
        assert _metrics_of(rule), rule["alert"]
        assert _metrics_of(rule) <= set(exposed), rule["alert"]


def test_every_log_line_of_the_page_is_one_that_the_program_writes() -> None:
    source = "\n".join(path.read_text() for path in (ROOT / "src").rglob("*.py"))
    rows = re.findall(r"^\| (`.+?`) \| (?:info|warning|error)", PAGE.read_text(), re.MULTILINE)
    lines = [line for row in rows for line in re.findall(r"`([^`]+)`", row)]
    parts = [part.strip(" []-") for line in lines for part in line.split("…")]

    assert lines
    assert [part for part in parts if part not in source] == []
