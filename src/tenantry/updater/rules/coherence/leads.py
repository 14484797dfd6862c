"""Leads and the customers they become: what one record says goes together."""

from typing import Final

from tenantry.updater.model import BusinessRecord, Range
from tenantry.updater.rules.coherence.ages import check_age
from tenantry.updater.rules.coherence.finding import Findings
from tenantry.updater.rules.coherence.identities import check_contact, check_place
from tenantry.updater.rules.coherence.vocabulary import (
    INTERESTS,
    LEAD_STATES,
    PRIORITIES,
)
from tenantry.updater.rules.pipeline.sizes import DEALS, INDUSTRY_PERCENT, REVENUES
from tenantry.updater.rules.pipeline.stages import PROBABILITIES

_HIGHEST_SCORE: Final = 100


def check_record(row: BusinessRecord, until: int, findings: Findings) -> None:
    """Find what does not go together in a record; nothing in it happened behind `until`."""
    check_place(row, row.primary_contact_phone, findings)
    check_contact(row, findings)
    check_standing(row, until, findings)


def check_standing(row: BusinessRecord, until: int, findings: Findings) -> None:
    """Find what does not go together in the columns that change while a lead goes on."""
    stage = row.sales_stage
    if (row.record_type, row.status, stage) not in LEAD_STATES:
        findings.add(
            "lead-state",
            row,
            f"a {row.record_type} with the status {row.status} is not in {stage}",
            record_type=row.record_type,
            status=row.status,
            sales_stage=stage,
        )
    else:
        if row.probability != PROBABILITIES[stage]:
            findings.add(
                "stage-probability",
                row,
                f"in {stage} it is {PROBABILITIES[stage]}, not {row.probability}",
                sales_stage=stage,
                probability=row.probability,
            )
        if (row.lost_reason is None) is (row.status == "closed_lost"):
            findings.add(
                "lost-reason",
                row,
                f"the status is {row.status}, the reason {row.lost_reason}",
                status=row.status,
                lost_reason=row.lost_reason,
            )
        _check_customer(row, findings)
    _check_amounts(row, findings)
    _check_times(row, until, findings)


def check_revenue(row: BusinessRecord, allowed: Range, findings: Findings) -> None:
    """Find a revenue that is not usual for the size of the company, as far as it is allowed."""
    usual = REVENUES.get(row.company_size)
    if usual is None:
        return
    # Who would make more than is allowed makes what the largest of those do that are allowed.
    top_tenth = allowed.max - (allowed.max - allowed.min) // 10
    least = max(allowed.min, min(usual[0], top_tenth))
    most = max(least, min(usual[1], allowed.max))
    if not least <= row.annual_revenue <= most:
        findings.add(
            "revenue-size",
            row,
            f"{row.company_size} people make {least} to {most}, not {row.annual_revenue}",
            company_size=row.company_size,
            annual_revenue=row.annual_revenue,
        )


def _check_amounts(row: BusinessRecord, findings: Findings) -> None:
    if row.interest_level not in INTERESTS or row.priority not in PRIORITIES:
        findings.add(
            "lead-value",
            row,
            f"interest {row.interest_level} or priority {row.priority} is none",
            interest_level=row.interest_level,
            priority=row.priority,
        )
    if not 0 <= row.lead_score <= _HIGHEST_SCORE:
        findings.add("lead-score", row, f"{row.lead_score} is no score", lead_score=row.lead_score)
    _check_deal(row, findings)


def _check_deal(row: BusinessRecord, findings: Findings) -> None:
    usual = DEALS.get(row.company_size)
    if usual is None:
        findings.add(
            "lead-value", row, f"{row.company_size} is no size", company_size=row.company_size
        )
        return
    percent = INDUSTRY_PERCENT.get(row.industry, 100)
    least, most = usual[0] * percent // 100, usual[1] * percent // 100
    if not least <= row.estimated_deal_value <= most:
        findings.add(
            "deal-size",
            row,
            f"{row.company_size} people in {row.industry} buy for {least} to {most}, "
            f"not for {row.estimated_deal_value}",
            company_size=row.company_size,
            industry=row.industry,
            estimated_deal_value=row.estimated_deal_value,
        )


def _check_customer(row: BusinessRecord, findings: Findings) -> None:
    is_customer = row.record_type != "lead"
    if (
        is_customer is (row.customer_number is None)
        or is_customer is (row.customer_since is None)
        or (row.record_type == "former_customer") is (row.customer_until is None)
    ):
        findings.add(
            "customer-dates",
            row,
            f"a {row.record_type} has the number {row.customer_number}, "
            f"is one since {row.customer_since} and until {row.customer_until}",
            record_type=row.record_type,
            customer_number=row.customer_number,
            customer_since=row.customer_since,
            customer_until=row.customer_until,
        )


def _check_times(row: BusinessRecord, until: int, findings: Findings) -> None:
    created, updated = row.created_at, row.updated_at
    for happened in (row.stage_entered_at, row.last_contact_date, row.customer_since):
        if happened is not None and not created <= happened <= updated:
            findings.add(
                "lead-times",
                row,
                f"{happened} is not between {created} and {updated}",
                at=happened,
                created_at=created,
                updated_at=updated,
            )
            break
    check_age(row, until, findings)
    planned = row.next_follow_up_date
    if planned is not None and planned <= (row.last_contact_date or created):
        findings.add(
            "follow-up-past",
            row,
            f"a follow-up {planned} is not after the contact {row.last_contact_date}",
            next_follow_up_date=planned,
            last_contact_date=row.last_contact_date,
        )
