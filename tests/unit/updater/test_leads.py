from datetime import UTC, datetime

import pytest

from tenantry.updater.model import (
    BusinessRecord,
    GenerationConfig,
    LeadConfig,
    Range,
    Update,
)
from tenantry.updater.rules.calendar import SECOND
from tenantry.updater.rules.leads import NEGLECTED_DAYS
from tests.support.simulation import GENERATORS, LEADS, Simulation

DEALS = {
    "1-10": (5_000, 25_000),
    "11-50": (15_000, 75_000),
    "51-200": (35_000, 150_000),
    "201-500": (75_000, 300_000),
    "500+": (150_000, 1_000_000),
}
FACTORS = {"healthcare": 1.3, "legal": 1.2, "education": 0.8, "manufacturing": 1.4}


def only_leads(config: GenerationConfig | None = None) -> Simulation:
    return Simulation(config=config, generators={LEADS: GENERATORS[LEADS]})


def instant(*when: int) -> int:
    return int(datetime(*when, tzinfo=UTC).timestamp()) * SECOND  # type: ignore[arg-type,misc]  # no tzinfo among ints


def leads_of(simulation: Simulation) -> list[BusinessRecord]:
    return simulation.rows("business_records")


def test_a_lead_begins_at_the_beginning() -> None:
    [lead] = only_leads().advance(LEADS, instant(2024, 1, 2, 15)).rows

    assert isinstance(lead, BusinessRecord)
    assert (lead.record_type, lead.status, lead.sales_stage) == ("lead", "new", "initial_contact")
    assert (lead.probability, lead.last_contact_date, lead.customer_number) == (10, None, None)
    assert lead.next_follow_up_date is not None
    assert lead.next_follow_up_date > lead.created_at == lead.updated_at == lead.stage_entered_at


def test_as_many_leads_come_as_are_asked_for() -> None:
    config = GenerationConfig(leads=LeadConfig(rows_per_run=Range(min=2, max=4)))
    counts = {len(batch.rows) for _, batch in only_leads(config).run(60)}

    assert counts == {2, 3, 4}


def test_leads_come_in_business_hours_or_at_any_hour_where_there_are_none() -> None:
    simulation = only_leads()
    [weekday] = simulation.advance(LEADS, instant(2024, 1, 3, 15)).rows
    assert simulation.calendar.is_open(weekday.created_at)

    simulation.advance(LEADS, instant(2024, 1, 6, 3))
    [weekend] = simulation.advance(LEADS, instant(2024, 1, 7, 3)).rows
    assert instant(2024, 1, 6, 3) < weekend.created_at <= instant(2024, 1, 7, 3)


def test_a_deal_is_as_big_as_the_company_and_its_industry() -> None:
    for lead in leads_of(only_leads().run_all(800)):
        least, most = DEALS[lead.company_size]
        factor = FACTORS.get(lead.industry)
        if factor is not None:
            assert least * factor - 1 <= lead.estimated_deal_value <= most * factor


def test_revenue_is_usual_for_the_size_as_far_as_it_is_allowed() -> None:
    config = GenerationConfig(leads=LeadConfig(revenue_range=Range(min=200_000, max=1_000_000_000)))
    leads = leads_of(only_leads(config).run_all(800))

    for lead in leads:
        assert lead.annual_revenue >= 200_000
        if lead.company_size == "500+":
            assert 25_000_000 <= lead.annual_revenue <= 500_000_000
        if lead.company_size == "1-10":
            assert lead.annual_revenue <= 1_000_000
    # With the declared range, no revenue is that of every company that is bigger.
    declared = [lead.annual_revenue for lead in leads_of(only_leads().run_all(800))]
    assert len(set(declared)) > len(declared) * 0.99
    assert max(declared) <= 10_000_000


def test_scores_are_in_their_range_and_higher_for_who_is_more_interested() -> None:
    config = GenerationConfig(leads=LeadConfig(score_range=Range(min=40, max=60)))
    leads = leads_of(only_leads(config).run_all(600))

    assert all(40 <= lead.lead_score <= 60 for lead in leads)
    cold = [lead.lead_score for lead in leads if lead.interest_level == "cold"]
    hot = [lead.lead_score for lead in leads if lead.interest_level == "hot"]
    assert sum(cold) / len(cold) < sum(hot) / len(hot)


def test_sources_and_industries_are_those_of_the_configuration() -> None:
    config = GenerationConfig(
        leads=LeadConfig(
            source_distribution={"fair": 0.5, "letter": 0.5},
            industry_distribution={"aviation": 1.0, "legal": 0.0},
        )
    )
    leads = leads_of(only_leads(config).run_all(100))

    assert {lead.source for lead in leads} == {"fair", "letter"}
    assert {lead.industry for lead in leads} == {"aviation"}


def test_no_two_of_those_that_are_under_way_are_called_the_same() -> None:
    config = GenerationConfig(leads=LeadConfig(rows_per_run=Range(min=5, max=5)))
    simulation = only_leads(config).run_all(90)

    names = [lead.company_name for lead in simulation.world.leads.values()]
    assert len(names) > 300
    assert len(set(names)) == len(names)


def test_a_lead_that_nobody_moves_is_lost_in_the_end() -> None:
    simulation = only_leads()
    lost = dict[str, Update]()
    for run, batch in simulation.run(500):
        for update in batch.updates:
            lost[update.row_id] = update
            assert update.values["sales_stage"] == "closed_lost"
            assert update.values["lost_reason"] == "No response"
            assert run.slot.after < update.values["updated_at"] <= run.slot.at

    waited = [
        update.values["updated_at"] - simulation.tables["business_records"][lead_id].created_at
        for lead_id, update in lost.items()
    ]
    assert min(waited) >= NEGLECTED_DAYS * 86_400 * SECOND
    assert 60 < len(simulation.world.leads) < 120


@pytest.mark.parametrize("count", [0])
def test_no_lead_may_come_at_all(count: int) -> None:
    config = GenerationConfig(leads=LeadConfig(rows_per_run=Range(min=count, max=count)))

    assert leads_of(only_leads(config).run_all(30)) == []
