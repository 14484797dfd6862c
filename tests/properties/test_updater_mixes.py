"""Ten years of leads and activities: how often things are what they are, beside what is declared.

Seeds are fixed, so what passes once passes always; bounds are those of chi-square at 0.001.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from statistics import median
from typing import Any, Final

import msgspec
import pytest

from tenantry.updater.model import BusinessRecord, Update
from tenantry.updater.rules.pipeline.stages import INTERESTS, MEDIANS, STAGES
from tests.support.simulation import LEADS, Simulation

YEARS: Final = 10
SETTLED_DAYS: Final = 120
CHI_SQUARE: Final = {3: 16.27, 4: 18.47, 5: 20.52, 6: 22.46, 8: 26.12}
"""By degrees of freedom."""

SIZES: Final = {"1-10": 0.25, "11-50": 0.30, "51-200": 0.25, "201-500": 0.15, "500+": 0.05}
STAGE_MIX: Final = dict(zip(STAGES, (0.40, 0.25, 0.20, 0.10, 0.05), strict=True))
REACH: Final = dict(zip((*STAGES, "closed_won"), (1, 0.62, 0.45, 0.33, 0.22, 0.15), strict=True))


class Decade(msgspec.Struct):
    """What has been seen in ten years."""

    simulation: Simulation
    leads: list[BusinessRecord] = []
    standing: Counter[str] = msgspec.field(default_factory=Counter)
    reached: dict[str, set[str]] = msgspec.field(default_factory=lambda: {"closed_won": set()})
    dwells: dict[str, list[int]] = msgspec.field(default_factory=dict)


@pytest.fixture(scope="module")
def decade() -> Decade:
    seen = Decade(Simulation(seed=2026))
    entered = dict[str, tuple[str, int]]()
    simulation = seen.simulation
    for number, (run, batch) in enumerate(simulation.run(YEARS * 365)):
        for change in batch.changes:
            if isinstance(change, BusinessRecord):
                seen.leads.append(change)
                entered[change.id] = (change.sales_stage, change.created_at)
                seen.reached.setdefault(change.sales_stage, set()).add(change.id)
            elif isinstance(change, Update):
                _note(seen, change, entered)
        if run.slot.updater == LEADS and number > SETTLED_DAYS * 4:
            seen.standing.update(lead.sales_stage for lead in simulation.world.leads.values())
    return seen


def _note(seen: Decade, update: Update, entered: dict[str, tuple[str, int]]) -> None:
    stage, at = update.values["sales_stage"], update.values["stage_entered_at"]
    before, since = entered[update.row_id]
    if stage == before:
        return
    seen.dwells.setdefault(before, []).append(seen.simulation.calendar.between(since, at))
    seen.reached.setdefault(stage, set()).add(update.row_id)
    entered[update.row_id] = (stage, at)


def fits(seen: Iterable[Any], declared: Mapping[str, float]) -> bool:
    """Whether values are as frequent as they should be."""
    counts = Counter(seen)
    assert counts.keys() <= declared.keys()
    total = counts.total()
    distance = sum(
        (counts[value] - total * share) ** 2 / (total * share) for value, share in declared.items()
    )
    return distance <= CHI_SQUARE[len(declared) - 1]


def test_leads_are_what_is_declared(decade: Decade) -> None:
    config = decade.simulation.config.leads
    assert len(decade.leads) == 2608

    assert fits((lead.source for lead in decade.leads), config.source_distribution)
    assert fits((lead.industry for lead in decade.leads), config.industry_distribution)
    assert fits((lead.company_size for lead in decade.leads), SIZES)
    assert fits(
        (lead.interest_level for lead in decade.leads),
        {"cold": 0.30, "warm": 0.40, "hot": 0.25, "qualified": 0.05},
    )


def test_activities_are_of_the_declared_types(decade: Decade) -> None:
    activities = decade.simulation.rows("business_record_activities")
    slots = 5 * 5 * 52 * YEARS

    assert len(activities) == pytest.approx(2 * slots, rel=0.02)
    assert fits(
        (activity.activity_type for activity in activities),
        decade.simulation.config.activities.types_distribution,
    )


def test_open_leads_are_in_their_stages_as_declared(decade: Decade) -> None:
    total = decade.standing.total()

    for stage, share in STAGE_MIX.items():
        assert decade.standing[stage] / total == pytest.approx(share, abs=0.02), stage


def test_leads_get_as_far_as_declared(decade: Decade) -> None:
    over = {
        lead.id
        for lead in decade.simulation.rows("business_records")
        if lead.sales_stage in {"closed_won", "closed_lost"}
    }
    for stage, reach in REACH.items():
        share = len(decade.reached[stage] & over) / len(over)
        assert share == pytest.approx(reach, abs=0.025), stage


def test_what_is_warmer_is_won_more_often(decade: Decade) -> None:
    won = decade.reached["closed_won"]
    shares = []
    for interest in INTERESTS.options:
        ids = {lead.id for lead in decade.leads if lead.interest_level == interest}
        shares.append(len(ids & won) / len(ids))

    assert shares == sorted(shares)
    assert shares[0] < 0.07
    assert shares[2] > 0.20


def test_stages_take_as_long_as_declared(decade: Decade) -> None:
    for stage, seconds in MEDIANS.items():
        # What is over waits for an activity that fits, half a business day or so.
        waits = median(decade.dwells[stage]) - seconds
        assert -0.05 * seconds < waits < 0.05 * seconds + 8 * 3600, stage


def test_customers_stay_for_years_and_some_leave(decade: Decade) -> None:
    records = decade.simulation.rows("business_records")
    customers = [record for record in records if record.record_type != "lead"]
    former = [record for record in customers if record.record_type == "former_customer"]

    assert 0.1 < len(former) / len(customers) < 0.5
    assert len(decade.simulation.rows("customers")) == len(customers)
    machines = Counter(row.customer_id for row in decade.simulation.rows("equipment"))
    assert set(machines.values()) == {1, 2, 3}
    assert machines.keys() == {record.customer_number for record in customers}


def test_everybody_is_spoken_to_and_some_more_than_others(decade: Decade) -> None:
    activities = decade.simulation.rows("business_record_activities")
    counts = Counter(activity.business_record_id for activity in activities)
    open_leads = decade.simulation.world.leads

    forgotten = [lead for lead in decade.leads if not counts[lead.id] and lead.id not in open_leads]
    assert forgotten == []
    assert max(counts.values()) > 10 * median(counts.values())
