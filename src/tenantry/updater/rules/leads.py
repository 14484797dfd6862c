"""The updater `business_records`: leads that come in, and those that nobody could move."""

from typing import Final

from tenantry.updater.model import Batch, BusinessRecord, Change, LeadConfig, Range, World
from tenantry.updater.rules import identity
from tenantry.updater.rules.calendar import DAY_SECONDS, SECOND
from tenantry.updater.rules.corpus.touches import NEGLECTED
from tenantry.updater.rules.draw import Draw
from tenantry.updater.rules.pipeline.moments import any_moments, business_moments, planned_at
from tenantry.updater.rules.pipeline.records import lost, priority_of, update_of
from tenantry.updater.rules.pipeline.sizes import DEALS, INDUSTRY_PERCENT, REVENUES, SIZES
from tenantry.updater.rules.pipeline.stages import PROBABILITIES, STAGES, interest_of, standing
from tenantry.updater.rules.run import Run
from tenantry.updater.rules.weights import weights_of

NAME: Final = "business_records"

NEGLECTED_DAYS: Final = 90
"""How long behind its time in a stage a lead waits for an activity that moves it on."""
_FOLLOW_UP_DAYS: Final = (1, 5)
_INTEREST_POINTS: Final = {"cold": 5, "warm": 20, "hot": 35, "qualified": 42}
_SIZE_POINTS: Final = {"1-10": 0, "11-50": 4, "51-200": 8, "201-500": 12, "500+": 15}
_CHANCE_POINTS: Final = 8
_NAME_TRIES: Final = 20


def generate(run: Run, world: World) -> Batch:
    """Return the leads of a slot, and what becomes of those that nobody could move."""
    slot, config = run.slot, run.config.leads
    draw = run.draw("slot")
    count = draw.between(config.rows_per_run.min, config.rows_per_run.max)
    moments = business_moments(draw, run.calendar, slot.after + SECOND, slot.at, count)
    if not moments:
        moments = any_moments(draw, slot.after, slot.at, count)
    if not moments:
        # Asked for again within the same second.
        moments = business_moments(draw, run.calendar, run.since, slot.at, count)

    found: list[tuple[int, Change]] = [
        (record.updated_at, update_of(record)) for record in _neglected(run, world)
    ]
    taken = set[str]()
    for number, at in enumerate(moments):
        record = _lead(run.draw(f"lead:{number}"), run, world, at, taken)
        taken.add(record.company_name)
        found.append((at, record))
    return Batch([change for _, change in sorted(found, key=lambda entry: entry[0])])


def _lead(draw: Draw, run: Run, world: World, at: int, taken: set[str]) -> BusinessRecord:
    config = run.config.leads
    lead_id = draw.id()
    industry = draw.weighted(weights_of(config.industry_distribution))
    size = draw.weighted(SIZES)
    interest = interest_of(run.seed, lead_id)
    company = _company(draw, world, industry, taken)
    person = identity.person(draw)
    where = identity.place(draw)
    address = identity.address(draw, where)
    return BusinessRecord(
        id=lead_id,
        run_id=run.slot.run_id,
        company_name=company,
        website=identity.website(company),
        industry=industry,
        company_size=size,
        annual_revenue=_revenue(draw, size, config.revenue_range),
        primary_contact_name=person.name,
        primary_contact_email=person.email(identity.domain(company)),
        primary_contact_phone=identity.phone(draw, where),
        primary_contact_title=identity.job_title(draw, industry),
        address_line1=address.line1,
        city=address.city,
        state=address.state,
        postal_code=address.postal_code,
        source=draw.weighted(weights_of(config.source_distribution)),
        interest_level=interest,
        stage_entered_at=at,
        estimated_deal_value=_deal_value(draw, size, industry),
        probability=PROBABILITIES[STAGES[0]],
        lead_score=_score(draw, size, interest, config),
        priority=priority_of(interest, STAGES[0]),
        next_follow_up_date=planned_at(draw, run.calendar, at, *_FOLLOW_UP_DAYS),
        created_at=at,
        updated_at=at,
    )


def _company(draw: Draw, world: World, industry: str, taken: set[str]) -> str:
    """Return the name of a company that is none of those that are under way or customers."""
    name = identity.company(draw, industry)
    for _ in range(_NAME_TRIES):
        if name not in taken and not any(
            record.company_name == name
            for records in (world.leads, world.accounts)
            for record in records.values()
        ):
            break
        name = identity.company(draw, industry)
    return name


def _revenue(draw: Draw, size: str, allowed: Range) -> int:
    """Return the revenue of a company, of what is usual for its size and allowed.

    Where all that is usual is more than what is allowed, it is in the top tenth of the latter.
    """
    least, most = REVENUES[size]
    low = max(allowed.min, min(least, allowed.max - (allowed.max - allowed.min) // 10))
    return draw.between(low, max(low, min(most, allowed.max)))


def _deal_value(draw: Draw, size: str, industry: str) -> int:
    least, most = DEALS[size]
    return draw.between(least, most) * INDUSTRY_PERCENT.get(industry, 100) // 100


def _score(draw: Draw, size: str, interest: str, config: LeadConfig) -> int:
    """Return the score that a lead begins with; it rises when the lead gets on."""
    points = _INTEREST_POINTS[interest] + _SIZE_POINTS[size] + draw.below(_CHANCE_POINTS)
    scores = config.score_range
    return scores.min + (scores.max - scores.min) * points // 100


def _neglected(run: Run, world: World) -> list[BusinessRecord]:
    """Return, as lost, the leads whose time in their stage has been over for too long."""
    patience = NEGLECTED_DAYS * DAY_SECONDS * SECOND
    limit = run.slot.at - patience
    old = [lead for lead in world.leads.values() if lead.stage_entered_at <= limit]
    found = list[BusinessRecord]()
    for lead in sorted(old, key=lambda lead: lead.id):
        stage, entered_at = lead.sales_stage, lead.stage_entered_at
        until = standing(run.seed, lead.id, stage, entered_at, run.calendar).until
        if until <= limit:
            gone_at = max(until + patience, lead.updated_at, run.slot.after + SECOND)
            found.append(lost(lead, NEGLECTED, gone_at, last_contact_at=lead.last_contact_date))
    return found
