"""Shapes: how old what is open is, on how few most of it falls, and what becomes of leads."""

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final

from tenantry.updater.model import Ages, Concentration, Conversion, Verdict, is_lead, is_open
from tenantry.updater.rules.calendar import DAY_SECONDS, SECOND
from tenantry.updater.rules.fidelity.mixes import UNLIKELY
from tenantry.updater.rules.fidelity.statistics import above, zipf_exponent

DECIDED_DAYS: Final = 180
"""After so many days nearly every lead is won or lost."""
WON: Final = 0.15
"""Of all leads."""
_DAY: Final = DAY_SECONDS * SECOND
_TICKET_DAYS: Final = (1, 3, 7, 14, 30)
_LEAD_DAYS: Final = (7, 30, 60, 90, 180)
_SHOWN: Final = 20
_LEAST: Final = 50
_MATTERS: Final = 0.05


def ages(records: Iterable[Any], tickets: Iterable[Any], now: int) -> list[Ages]:
    """Return how old open leads and tickets are."""
    return [
        _ages("Open leads", (one.created_at for one in records if is_lead(one)), _LEAD_DAYS, now),
        _ages(
            "Open tickets", (one.created_at for one in tickets if is_open(one)), _TICKET_DAYS, now
        ),
    ]


def concentrations(tickets: Iterable[Any], activities: Iterable[Any]) -> list[Concentration]:
    """Return how much falls on how few customers and records."""
    return [
        _concentration("Tickets by customer", (one.customer_id for one in tickets)),
        _concentration("Activities by record", (one.business_record_id for one in activities)),
    ]


def conversion(records: Iterable[Any], now: int) -> Conversion:
    """Return what became of the leads that began long enough ago."""
    decided = [one for one in records if one.created_at <= now - DECIDED_DAYS * _DAY]
    won = sum(1 for one in decided if one.record_type != "lead")
    still_open = sum(1 for one in decided if is_lead(one))
    count = len(decided)
    observed = won / count if count else 0.0
    return Conversion(
        count=count,
        won=won,
        lost=count - won - still_open,
        open=still_open,
        observed=observed,
        declared=WON,
        verdict=_verdict(count, observed),
    )


def _verdict(count: int, observed: float) -> Verdict:
    if count < _LEAST:
        return "too_few"
    difference = abs(observed - WON)
    z = difference / math.sqrt(WON * (1 - WON) / count)
    return "differs" if 2 * above(z) < UNLIKELY and difference > _MATTERS else "fits"


def _ages(name: str, began: Iterable[int], days: Sequence[int], now: int) -> Ages:
    counts = [0] * (len(days) + 1)
    for at in began:
        counts[bisect_right(days, (now - at) / _DAY)] += 1
    bounds = zip((0, *days), days, strict=False)
    return Ages(
        name=name,
        count=sum(counts),
        labels=(*(f"{low} to {high} days" for low, high in bounds), f"over {days[-1]} days"),
        counts=tuple(counts),
    )


def _concentration(name: str, owners: Iterable[str]) -> Concentration:
    counts = sorted(Counter(owners).values(), reverse=True)
    total = sum(counts)
    fifth = sum(counts[: math.ceil(len(counts) / 5)])
    return Concentration(
        name=name,
        count=total,
        of=len(counts),
        largest=counts[0] / total if total else 0.0,
        top_fifth=fifth / total if total else 0.0,
        exponent=zipf_exponent(counts),
        counts=tuple(counts[:_SHOWN]),
    )
