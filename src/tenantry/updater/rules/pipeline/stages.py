"""Stages of the pipeline: how far a lead comes, how long it stays, and what goes with a stage.

The reach by interest, weighted with how common each interest is, is that of the whole: of 100 leads
62 are qualified, 45 analysed, 33 offered, 22 negotiated and 15 won. Together with how long the
stages take it makes the declared mix of open leads (40, 25, 20, 10 and 5 of 100) the one that a
world settles at, by Little's law: what is in a stage is what enters it, times how long it stays.
"""

from functools import lru_cache
from typing import Final

import msgspec

from tenantry.updater.rules.calendar import BusinessCalendar
from tenantry.updater.rules.draw import WHOLE, Draw, Weights, draw_for
from tenantry.updater.rules.dwell import dwell_seconds

STAGES: Final = ("initial_contact", "qualified", "needs_analysis", "proposal", "negotiation")
"""The stages of a lead that is under way, in order."""
WON: Final = "closed_won"
LOST: Final = "closed_lost"
NEXT: Final = dict(zip(STAGES, (*STAGES[1:], WON), strict=True))

STATUSES: Final = {
    "initial_contact": "contacted",
    "qualified": "qualified",
    "needs_analysis": "qualified",
    "proposal": "proposal",
    "negotiation": "negotiation",
    WON: "active",
    LOST: LOST,
}
"""The status in a stage; a lead that nobody has spoken to is `new` in the first one."""
PROBABILITIES: Final = {
    "initial_contact": 10,
    "qualified": 25,
    "needs_analysis": 40,
    "proposal": 60,
    "negotiation": 80,
    WON: 100,
    LOST: 0,
}
INTERESTS: Final = Weights({"cold": 3000, "warm": 4000, "hot": 2500, "qualified": 500})

_REACHES: Final[dict[str, tuple[int, ...]]] = {
    "cold": (4600, 2600, 1500, 800, 400),
    "warm": (6200, 4500, 3200, 2000, 1300),
    "hot": (7700, 6300, 5100, 3800, 2800),
    "qualified": (8300, 6900, 5900, 4200, 3200),
}
DAY: Final = 8 * 3600
"""A business day, in seconds of business time."""
MEDIANS: Final = {
    "initial_contact": 72 * DAY // 10,
    "qualified": 72 * DAY // 10,
    "needs_analysis": 79 * DAY // 10,
    "proposal": 54 * DAY // 10,
    "negotiation": 41 * DAY // 10,
}


class Standing(msgspec.Struct, frozen=True):
    """Until when a lead stays in its stage, and where it goes then."""

    until: int
    leads_to: str


def interest_of(seed: int, lead_id: str) -> str:
    """Return the interest that a lead begins with."""
    return _lead_draw(seed, lead_id).weighted(INTERESTS)


@lru_cache(maxsize=1 << 16)
def standing(
    seed: int, lead_id: str, stage: str, entered_at: int, calendar: BusinessCalendar
) -> Standing:
    """Return what a lead is in for in a stage that it has entered at `entered_at`.

    A function of its arguments, so nobody has to keep it; remembered, since a lead is asked about
    in every slot.
    """
    dwell = dwell_seconds(draw_for(seed, "standing", stage, lead_id), MEDIANS[stage])
    draw = _lead_draw(seed, lead_id)
    interest = draw.weighted(INTERESTS)
    goes_on = draw.below(WHOLE) < _REACHES[interest][STAGES.index(stage)]
    return Standing(calendar.add(entered_at, dwell), NEXT[stage] if goes_on else LOST)


def _lead_draw(seed: int, lead_id: str) -> Draw:
    return draw_for(seed, "standing", "lead", lead_id)
