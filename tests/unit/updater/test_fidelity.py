"""What rows are like is told beside what was declared; a tenant that looks made up is told too."""

import math
from collections.abc import Callable, Mapping
from typing import Any
from xml.etree import ElementTree as ET

import msgspec
import pytest

from tenantry.updater.model import (
    TABLES,
    FidelityReport,
    GenerationConfig,
    Mix,
    TableName,
    Ticket,
    TicketConfig,
)
from tenantry.updater.rules.calendar import SECOND
from tenantry.updater.rules.fidelity import draw_svg, report_fidelity, tabulate
from tests.support.coherent import Tables, changed, copied, now_of, rows_of, simulated

DAYS = 360
SVG = "{http://www.w3.org/2000/svg}"
Rig = Callable[[Tables], None]


def report_of(rig: Rig | None = None, config: GenerationConfig | None = None) -> FidelityReport:
    simulation = simulated(DAYS)
    tables = copied(simulation)
    if rig is not None:
        rig(tables)
    return report_fidelity(
        rows_of(tables),
        config=config or GenerationConfig(),
        calendar=simulation.calendar,
        now=now_of(simulation),
    )


def rigged(table: TableName, **values: Any) -> Rig:
    """Return what gives every row of a table other values; one that can be called gets the row."""

    def rig(tables: Tables) -> None:
        for row in list(tables[table].values()):
            given = {
                name: value(row) if callable(value) else value for name, value in values.items()
            }
            changed(tables, row, **given)

    return rig


def named(report: FidelityReport, name: str) -> Mix:
    return next(mix for mix in report.mixes if mix.name == name)


def test_a_simulated_year_is_as_declared() -> None:
    report = report_of()

    assert report.remarks == ()
    assert {mix.name for mix in report.mixes if mix.verdict == "fits"} >= {
        "Leads by source",
        "Leads by industry",
        "Leads by size",
        "Activities by type",
        "Tickets by type",
        "Tickets by priority",
    }
    assert {dwell.verdict for dwell in report.dwells} <= {"fits", "too_few"}
    assert report.rows == sum(len(rows) for rows in simulated(DAYS).tables.values())


@pytest.mark.parametrize(
    "name, rig",
    [
        ("Tickets by priority", rigged("service_tickets", priority="urgent")),
        ("Tickets by type", rigged("service_tickets", ticket_type="paper_jam")),
        ("Leads by source", rigged("business_records", source="website")),
        ("Leads by industry", rigged("business_records", industry="legal")),
        ("Leads by size", rigged("business_records", company_size="500+")),
        ("Activities by type", rigged("business_record_activities", activity_type="note")),
    ],
)
def test_a_mix_of_one_kind_is_told(name: str, rig: Rig) -> None:
    report = report_of(rig)

    assert named(report, name).verdict == "differs"
    assert f"{name}: not as declared" in report.remarks


def test_an_option_that_nobody_has_declared_is_told() -> None:
    report = report_of(_with_stray)

    mix = named(report, "Tickets by priority")
    assert mix.verdict == "differs"
    assert [share.option for share in mix.shares if share.declared == 0] == ["asap"]


def _with_stray(tables: Tables) -> None:
    changed(tables, next(iter(tables["service_tickets"].values())), priority="asap")


def test_what_is_configured_is_what_was_declared() -> None:
    config = GenerationConfig(
        tickets=TicketConfig(priority_distribution={"low": 0.1, "urgent": 0.9})
    )

    assert named(report_of(config=config), "Tickets by priority").verdict == "differs"


def test_work_by_night_is_told() -> None:
    def by_night(row: Ticket) -> int | None:
        return row.started_at and row.started_at + 12 * 3600 * SECOND

    report = report_of(rigged("service_tickets", started_at=by_night))

    assert any("Visits begun: " in remark for remark in report.remarks)


def test_work_that_always_takes_as_long_as_estimated_is_told() -> None:
    report = report_of(
        rigged(
            "service_tickets",
            labor_hours=lambda row: row.labor_hours and row.estimated_duration / 60,
        )
    )

    assert "Tickets: labor, of the estimate: not as declared" in report.remarks


def test_leads_that_are_all_won_are_told() -> None:
    report = report_of(rigged("business_records", record_type="customer"))

    assert report.conversion.verdict == "differs"
    assert report.conversion.observed == 1.0
    assert any(remark.endswith("of the leads were won, not 15%") for remark in report.remarks)


def test_open_tickets_of_one_age_are_told() -> None:
    now = now_of(simulated(DAYS))
    report = report_of(
        rigged(
            "service_tickets",
            status="open",
            created_at=now - SECOND,
            assigned_at=None,
            started_at=None,
            resolved_at=None,
        )
    )

    assert "Open tickets: all of them are of the same age" in report.remarks


def test_a_few_customers_have_most_of_the_tickets() -> None:
    by_customer = report_of().concentrations[0]

    assert by_customer.name == "Tickets by customer"
    assert by_customer.largest > 2 / by_customer.of
    assert by_customer.top_fifth > 0.4
    assert by_customer.exponent is not None
    assert by_customer.exponent > 0.5
    assert list(by_customer.counts) == sorted(by_customer.counts, reverse=True)


def test_everything_that_is_open_has_an_age() -> None:
    simulation = simulated(DAYS)
    leads, tickets = report_of().ages

    assert (leads.count, tickets.count) == (
        len(simulation.world.leads),
        len(simulation.world.tickets),
    )
    assert len(leads.labels) == len(leads.counts)


def test_a_report_of_nothing_says_so() -> None:
    rows: Mapping[TableName, list[Any]] = {table: [] for table in TABLES}
    simulation = simulated(DAYS)

    report = report_fidelity(
        rows, config=GenerationConfig(), calendar=simulation.calendar, now=now_of(simulation)
    )

    assert report.rows == 0
    assert report.remarks == ()
    assert {mix.verdict for mix in report.mixes} == {"too_few"}
    assert ET.fromstring(draw_svg(report)).tag == f"{SVG}svg"  # noqa: S314 - it is our own
    assert tabulate(report)


def test_a_report_is_json_in_camel_case() -> None:
    encoded = msgspec.json.decode(msgspec.json.encode(report_of()))

    assert set(encoded["mixes"][0]) == {
        "name",
        "count",
        "shares",
        "chiSquare",
        "degrees",
        "pValue",
        "effect",
        "verdict",
    }
    assert all(math.isfinite(mix["chiSquare"] or 0) for mix in encoded["mixes"])


def test_every_row_of_a_table_has_a_cell_for_every_column() -> None:
    tables = tabulate(report_of())

    assert {len(row) - len(table.columns) for table in tables for row in table.rows} == {0}
    assert [table.title for table in tables][-1] == "Leads decided"


def test_the_plot_is_one_valid_light_document_that_needs_nothing_else() -> None:
    drawn = draw_svg(report_of())

    root = ET.fromstring(drawn)  # noqa: S314 - it is our own
    assert root.tag == f"{SVG}svg"
    assert len(drawn.encode()) < 80_000
    kinds = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert kinds == {"svg", "title", "text", "rect", "line", "polyline"}
    attributes = {name for element in root.iter() for name in element.attrib}
    assert not attributes & {"href", "style", "class"}


def test_the_plot_is_the_same_for_the_same_report() -> None:
    assert draw_svg(report_of()) == draw_svg(report_of())


def test_nothing_is_drawn_outside_of_the_plot() -> None:
    root = ET.fromstring(draw_svg(report_of()))  # noqa: S314 - it is our own
    width, height = float(root.attrib["width"]), float(root.attrib["height"])

    for element in root.iter(f"{SVG}rect"):
        right = float(element.get("x", "0")) + float(element.attrib["width"])
        below = float(element.get("y", "0")) + float(element.attrib["height"])
        assert right <= width
        assert below <= height
    for element in root.iter(f"{SVG}text"):
        assert 0 <= float(element.attrib["x"]) <= width
        assert 0 <= float(element.attrib["y"]) <= height


def test_what_rows_say_cannot_break_the_plot() -> None:
    hostile = '</text><script>alert("1")</script>&'

    drawn = draw_svg(report_of(rigged("business_records", source=hostile)))

    assert "<script" not in drawn
    texts = [element.text for element in ET.fromstring(drawn).iter()]  # noqa: S314 - our own
    assert any(text and text.startswith("</text><script>") for text in texts)
