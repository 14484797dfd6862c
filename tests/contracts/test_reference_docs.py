"""The reference pages of events, errors and packages name what there is, and nothing else."""

import importlib
import re
from typing import Any

import pytest

from tenantry.clients.model import (
    ClientApplied,
    ClientEvent,
    ClientRegistered,
    ComponentsChanged,
    FieldsChanged,
    MenusChanged,
    RoutesChanged,
)
from tenantry.configs.model import (
    ConfigEvent,
    ConfigSchemaDeleted,
    ConfigSchemaSet,
    ConfigSecretShredded,
    ConfigValueDeleted,
    ConfigValueSet,
    SchemaEvent,
)
from tenantry.operations.model import OperatorActed
from tenantry.tenants.model import (
    AccessEvent,
    KeyCreated,
    KeyRevoked,
    MemberRemoved,
    MemberSet,
    PersonChanged,
    SessionEnded,
    TenantActivated,
    TenantChanged,
    TenantCreated,
    TenantErased,
    TenantSuspended,
)
from tests.support.repository import ROOT

pytestmark = pytest.mark.docs

SOURCE = ROOT / "src/tenantry"
REFERENCE = ROOT / "docs/reference"

EVENT_TYPE = re.compile(r'"([a-z]+\.[a-z_]+\.v[0-9]+)"')
ERROR_CODE = re.compile(r'\b(?:default_)?code\b(?:: ClassVar\[str\])? ?= ?"([a-z_]+)"')
LOG_LINE = re.compile(r'_LOGGER\.(\w+)\(\s*"([^"]+)"')
SPAN = re.compile(r'\bspan\("tenantry\.tenants\.(\w+)"')
# Put together, so not found as it stands.
SYNC_METHOD = ("info", "Sync method: METHOD (REASON)")
# The framework's own refusal, whose code is the name of its status.
FRAMEWORK_CODES = {"method_not_allowed"}


def test_every_event_type_is_documented_and_every_documented_one_exists() -> None:
    assert sorted(_sections("events.md")) == sorted(_found_in_source(EVENT_TYPE))


@pytest.mark.parametrize(
    "type_, struct",
    [
        ("configs.value_set.v1", ConfigValueSet),
        ("configs.value_deleted.v1", ConfigValueDeleted),
        ("configs.secret_shredded.v1", ConfigSecretShredded),
        ("configs.schema_set.v1", ConfigSchemaSet),
        ("configs.schema_deleted.v1", ConfigSchemaDeleted),
        ("clients.client_registered.v1", ClientRegistered),
        ("clients.fields_changed.v1", FieldsChanged),
        ("clients.routes_changed.v1", RoutesChanged),
        ("clients.menus_changed.v1", MenusChanged),
        ("clients.components_changed.v1", ComponentsChanged),
        ("clients.client_applied.v1", ClientApplied),
        ("operations.operator_acted.v1", OperatorActed),
        ("tenants.tenant_created.v1", TenantCreated),
        ("tenants.tenant_changed.v1", TenantChanged),
        ("tenants.tenant_suspended.v1", TenantSuspended),
        ("tenants.tenant_activated.v1", TenantActivated),
        ("tenants.tenant_erased.v1", TenantErased),
        ("tenants.member_set.v1", MemberSet),
        ("tenants.member_removed.v1", MemberRemoved),
        ("tenants.person_changed.v1", PersonChanged),
        ("tenants.key_created.v1", KeyCreated),
        ("tenants.key_revoked.v1", KeyRevoked),
        ("tenants.session_ended.v1", SessionEnded),
    ],
)
def test_the_fields_of_an_event_are_documented(
    type_: str, struct: type[ConfigEvent | SchemaEvent | ClientEvent | OperatorActed | AccessEvent]
) -> None:
    assert _first_cells(_sections("events.md")[type_]) == list(struct.__struct_fields__)


def test_every_error_code_is_documented_and_every_documented_one_exists() -> None:
    page = (REFERENCE / "errors.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `\w+` (?:\| \d{3} \| `(\w+)` )?\|", page, re.MULTILINE)
    kinds = [code for code in rows if code]
    others = re.findall(r"^\| `([a-z_]+)` \|", page, re.MULTILINE)
    prose = re.findall(r"\b\d{3} `([a-z_]+)`", page)

    assert sorted([*kinds, *others, *prose]) == sorted(
        _found_in_source(ERROR_CODE) | FRAMEWORK_CODES
    )


def test_every_log_line_of_access_is_documented_with_its_level() -> None:
    page = (REFERENCE / "telemetry.md").read_text(encoding="utf-8")
    _, _, section = page.partition("### Lines about access")
    section, _, _ = section.partition("\n##")
    rows = re.findall(r"^\| (`.+?`) \| (\w+) \|", section, re.MULTILINE)
    documented = {(level, line) for cell, level in rows for line in re.findall("`([^`]+)`", cell)}

    assert documented == _found_in_source(LOG_LINE, "tenants")


def test_every_log_line_of_syncs_is_documented_with_its_level() -> None:
    page = (REFERENCE / "telemetry.md").read_text(encoding="utf-8")
    _, _, section = page.partition("### Lines about syncs")
    section, _, _ = section.partition("\n##")
    rows = re.findall(r"^\| `(.+?)` \| (\w+) \|", section, re.MULTILINE)
    documented = {(level, line) for line, level in rows} - {SYNC_METHOD}

    assert documented == _found_in_source(LOG_LINE, "sync")


def test_every_span_of_access_is_documented() -> None:
    page = (REFERENCE / "telemetry.md").read_text(encoding="utf-8")
    (paragraph,) = re.findall(r"^The spans of access .+?\n\n", page, re.MULTILINE | re.DOTALL)
    named = re.findall(r"`(?:tenantry\.tenants\.)?(\w+)`", paragraph)

    assert set(named) - {"tenant"} == _found_in_source(SPAN, "tenants")


@pytest.mark.parametrize(
    "package", sorted(path.parent.name for path in SOURCE.glob("*/__init__.py"))
)
def test_what_a_package_offers_is_documented(package: str) -> None:
    offered = importlib.import_module(f"tenantry.{package}").__all__

    assert sorted(_first_cells(_sections("python.md")[f"tenantry.{package}"])) == sorted(offered)


def test_every_package_that_is_documented_exists() -> None:
    for name in _sections("python.md"):
        assert importlib.import_module(name).__name__ == name


def _sections(page: str) -> dict[str, str]:
    """Return the text under each heading that is code."""
    text = (REFERENCE / page).read_text(encoding="utf-8")
    parts = re.split(r"^#+ (.+)$", text, flags=re.MULTILINE)
    pairs = zip(parts[1::2], parts[2::2], strict=True)
    return {title.strip("`"): body for title, body in pairs if title.startswith("`")}


def _first_cells(text: str) -> list[str]:
    return re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)


def _found_in_source(pattern: re.Pattern[str], package: str = "") -> set[Any]:
    sources = (SOURCE / package).rglob("*.py")
    return {found for path in sources for found in pattern.findall(path.read_text())}
