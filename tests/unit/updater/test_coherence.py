"""Every rule finds the fault that is planted for it, at its row, and nothing else."""

import pytest

from tenantry.updater.model import TABLES, Fault, GenerationConfig, LeadConfig, Range, TableName
from tenantry.updater.rules.coherence import COHERENCE_RULES, check_tables
from tenantry.updater.rules.safety import SAFETY_RULES
from tests.support.coherent import changed, copied, now_of, rows_of, simulated, the_first
from tests.support.planted import PLANTED, Planted

DAYS = 120
OF_BATCHES = {"column-type", "row-unknown", "not-of-run", "outside-slot", "outside-hours"}
EACH = [
    pytest.param(code, plant, id=f"{code}: {what}")
    for code, plants in PLANTED.items()
    for what, plant in plants.items()
]


@pytest.mark.parametrize("code, plant", EACH)
def test_a_planted_fault_is_found_by_exactly_its_rule(code: str, plant: Planted) -> None:
    simulation = simulated(DAYS)
    tables, now = copied(simulation), now_of(simulation)

    row_id = plant(tables, now)

    faults = check_tables(rows_of(tables), now, config=GenerationConfig()).faults
    assert {(fault.code, fault.row_id) for fault in faults} == {(code, row_id)}


@pytest.mark.parametrize(
    "plant", [param.values[1] for param in EACH], ids=[param.id for param in EACH]
)
def test_what_a_person_has_edited_is_held_to_no_rule(plant: Planted) -> None:
    simulation = simulated(DAYS)
    tables, now = copied(simulation), now_of(simulation)
    row_id = plant(tables, now)
    before = simulation.tables
    touched: dict[TableName, list[str]] = {
        table: [
            row.id
            for key, row in tables[table].items()
            if row.id == row_id or before[table].get(key) != row
        ]
        for table in TABLES
    }

    checked = check_tables(rows_of(tables), now, edited=touched)

    # That it is there twice, or names nobody, is so whoever has written it.
    assert {fault.code for fault in checked.faults} <= {"row-twice"}
    assert sum(checked.edited.values()) >= 1


def test_there_is_a_planted_fault_for_every_rule() -> None:
    rules = {*COHERENCE_RULES, *SAFETY_RULES}

    assert set(PLANTED) == rules - OF_BATCHES


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_nothing_is_found_in_what_was_simulated(seed: int) -> None:
    simulation = simulated(DAYS, seed)

    checked = check_tables(
        rows_of(copied(simulation)), now_of(simulation), config=GenerationConfig()
    )

    assert checked.faults == ()
    assert sum(checked.rows.values()) == len(simulation.all_rows()) > 4_000
    assert checked.is_coherent


def test_a_history_may_have_gaps_where_a_run_was_undone() -> None:
    simulation = simulated(DAYS)
    tables = copied(simulation)
    line = the_first(
        tables["service_ticket_updates"].values(), lambda row: row.new_value == "assigned"
    )
    del tables["service_ticket_updates"][line.id]

    found = check_tables(rows_of(tables), now_of(simulation)).faults
    with_undone = check_tables(
        rows_of(tables), now_of(simulation), undone={"service_tickets": [line.ticket_id]}
    )

    assert {fault.code for fault in found} == {"line-chain"}
    assert with_undone.faults == ()


def test_what_an_undone_run_has_touched_must_make_sense_by_itself() -> None:
    simulation = simulated(DAYS)
    tables = copied(simulation)
    ticket = the_first(tables["service_tickets"].values(), lambda row: row.status == "completed")
    changed(tables, ticket, resolved_at=None)

    checked = check_tables(
        rows_of(tables), now_of(simulation), undone={"service_tickets": [ticket.id]}
    )

    assert [fault.code for fault in checked.faults] == ["ticket-state"]


def test_what_a_configuration_decides_is_asked_only_since_it_is_that_of_the_tenant() -> None:
    simulation = simulated(DAYS)
    now = now_of(simulation)
    rows = rows_of(copied(simulation))
    config = GenerationConfig(leads=LeadConfig(revenue_range=Range(min=1, max=2)))

    as_ever = check_tables(rows, now, config=config)
    since_now = check_tables(rows, now, config=config, config_since=now + 1)
    unknown = check_tables(rows, now)

    assert {fault.code for fault in as_ever.faults} == {"revenue-size"}
    assert (since_now.faults, unknown.faults) == ((), ())


def test_a_fault_says_where_it_is_and_what_does_not_agree() -> None:
    simulation = simulated(DAYS)
    tables = copied(simulation)
    lead = the_first(
        tables["business_records"].values(), lambda row: row.sales_stage == "qualified"
    )
    changed(tables, lead, status="proposal")

    (fault,) = check_tables(rows_of(tables), now_of(simulation)).faults

    assert fault == Fault(
        code="lead-state",
        table="business_records",
        row_id=lead.id,
        message="a lead with the status proposal is not in qualified",
        details={"record_type": "lead", "status": "proposal", "sales_stage": "qualified"},
    )
