"""The updater `business_record_activities`: what is done about leads and customers."""

from typing import Final

from tenantry.updater.model import Batch, BusinessRecord, Change, Customer, World
from tenantry.updater.rules import setup
from tenantry.updater.rules.draw import Draw, Weights
from tenantry.updater.rules.pipeline.moments import any_moments, business_moments
from tenantry.updater.rules.pipeline.picking import Pipeline
from tenantry.updater.rules.pipeline.records import (
    advanced,
    churned,
    lost,
    touched,
    update_of,
    won,
)
from tenantry.updater.rules.pipeline.stages import WON
from tenantry.updater.rules.pipeline.touches import Touch, activity_of
from tenantry.updater.rules.run import Run
from tenantry.updater.rules.weights import weights_of

NAME: Final = "business_record_activities"

_MACHINES: Final = Weights({1: 45, 2: 35, 3: 20})


def generate(run: Run, world: World) -> Batch:
    """Return the activities of a slot, and what they make of the records they are about."""
    config = run.config.activities
    draw = run.draw("slot")
    count = draw.between(config.rows_per_run.min, config.rows_per_run.max)
    slot = run.slot
    if config.business_hours_only:
        moments = business_moments(draw, run.calendar, run.since, slot.at, count)
    else:
        moments = any_moments(draw, slot.after, slot.at, count)

    types = weights_of(config.types_distribution)
    pipeline = Pipeline(run, world)
    changes = list[Change]()
    for number, at in enumerate(moments):
        each = run.draw(f"activity:{number}")
        found = pipeline.find(each, types, at)
        if found is None:
            continue
        record, touch = found
        after, rows = _happen(each, run, world, record, touch)
        pipeline.put(after)
        changes += rows
    return Batch(changes)


def _happen(
    draw: Draw, run: Run, world: World, record: BusinessRecord, touch: Touch
) -> tuple[BusinessRecord, list[Change]]:
    """Return the record after an activity, and everything that has changed."""
    activity, follow_up_at = activity_of(draw, run, record, touch)
    at = touch.at
    if touch.is_churn:
        after = churned(record, at)
    elif touch.leads_to is None:
        after = touched(record, at, follow_up_at)
    elif touch.lost_reason is not None:
        after = lost(record, touch.lost_reason, at, last_contact_at=at)
    else:
        after = advanced(
            record,
            touch.leads_to,
            at,
            follow_up_at=follow_up_at,
            draw=draw,
            scores=run.config.leads.score_range,
        )
        if touch.leads_to == WON:
            customer = _customer(run, record, world.number("customer", 2), at)
            after = won(after, customer.id)
            machines = setup.equipment_for(
                draw,
                run_id=run.slot.run_id,
                customer_id=customer.id,
                count=draw.weighted(_MACHINES),
                at=at,
            )
            return after, [activity, update_of(after), customer, *machines]
    return after, [activity, update_of(after)]


def _customer(run: Run, record: BusinessRecord, number: int, at: int) -> Customer:
    return Customer(
        id=f"cust-{number}",
        run_id=run.slot.run_id,
        business_record_id=record.id,
        name=record.company_name,
        phone=record.primary_contact_phone,
        email=record.primary_contact_email,
        address_line1=record.address_line1,
        city=record.city,
        state=record.state,
        postal_code=record.postal_code,
        created_at=at,
        updated_at=at,
    )
