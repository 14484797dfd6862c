"""Mixes: which options rows have taken, beside how often they should."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

from tenantry.updater.model import GenerationConfig, Mix, Share, Verdict
from tenantry.updater.rules.coherence.vocabulary import OUTCOMES
from tenantry.updater.rules.draw import Weights
from tenantry.updater.rules.fidelity.statistics import ChiSquare, chi_square
from tenantry.updater.rules.pipeline.sizes import SIZES
from tenantry.updater.rules.pipeline.stages import INTERESTS, STAGES

OPEN_STAGES: Final = dict(zip(STAGES, (0.40, 0.25, 0.20, 0.10, 0.05), strict=True))
"""In which stage the leads are that are under way."""

UNLIKELY: Final = 0.001
"""What chance alone makes less often than this is a difference, if it is one that matters."""
_SMALL_EFFECT: Final = 0.1
_LEAST_PER_OPTION: Final = 5


def lead_mixes(records: Iterable[Any], config: GenerationConfig) -> list[Mix]:
    """Return what leads are like, whatever has become of them."""
    records = list(records)
    under_way = [record.sales_stage for record in records if record.sales_stage in OPEN_STAGES]
    leads = config.leads
    return [
        mix("Leads by source", (one.source for one in records), leads.source_distribution),
        mix("Leads by industry", (one.industry for one in records), leads.industry_distribution),
        mix("Leads by size", (one.company_size for one in records), _shares(SIZES)),
        # A lead that gets on becomes warmer: what was drawn is only how it began.
        mix(
            "Leads by interest",
            (one.interest_level for one in records),
            _shares(INTERESTS),
            is_tested=False,
        ),
        mix("Open leads by stage", under_way, OPEN_STAGES),
    ]


def activity_mixes(activities: Iterable[Any], config: GenerationConfig) -> list[Mix]:
    """Return what is done, and what comes of it."""
    types = Counter[str]()
    outcomes: dict[str, Counter[str]] = {kind: Counter() for kind in OUTCOMES}
    for one in activities:
        types[one.activity_type] += 1
        outcomes.setdefault(one.activity_type, Counter())[one.outcome] += 1
    return [
        mix_of("Activities by type", types, config.activities.types_distribution),
        *(
            mix_of(f"Outcomes of {kind}s", counts, None)
            for kind, counts in outcomes.items()
            if len(counts) > 1
        ),
    ]


def ticket_mixes(tickets: Iterable[Any], config: GenerationConfig) -> list[Mix]:
    """Return what is reported."""
    tickets = list(tickets)
    declared = config.tickets
    return [
        mix("Tickets by type", (one.ticket_type for one in tickets), declared.types_distribution),
        mix(
            "Tickets by priority",
            (one.priority for one in tickets),
            declared.priority_distribution,
        ),
        mix("Tickets by status", (one.status for one in tickets), None),
    ]


def mix(
    name: str,
    options: Iterable[str],
    declared: Mapping[str, float] | None,
    *,
    is_tested: bool = True,
) -> Mix:
    """Return the mix of the options that were taken, beside those declared."""
    return mix_of(name, Counter(options), declared, is_tested=is_tested)


def mix_of(
    name: str,
    counts: Mapping[str, int],
    declared: Mapping[str, float] | None,
    *,
    is_tested: bool = True,
) -> Mix:
    """Return the mix of options that were taken so many times."""
    total = sum(counts.values())
    whole = sum(declared.values()) if declared else 0.0
    wanted = {option: share / whole for option, share in declared.items()} if declared else {}
    names = sorted({*counts, *wanted}, key=lambda option: (-wanted.get(option, 0.0), option))
    test = None
    if declared and is_tested and total:
        test = chi_square(
            [counts.get(option, 0) for option in wanted], [wanted[option] for option in wanted]
        )
    strays = total - sum(counts.get(option, 0) for option in wanted)
    effect = None if test is None else math.sqrt(test.statistic / total)
    return Mix(
        name=name,
        count=total,
        shares=tuple(
            Share(
                option=option,
                count=counts.get(option, 0),
                observed=counts.get(option, 0) / total if total else 0.0,
                declared=wanted.get(option, 0.0) if declared else None,
            )
            for option in names
        ),
        chi_square=None if test is None else test.statistic,
        degrees=0 if test is None else test.degrees,
        p_value=None if test is None else test.p_value,
        effect=effect,
        verdict=_verdict(test, effect, total, strays if wanted else 0, len(wanted)),
    )


def _verdict(
    test: ChiSquare | None, effect: float | None, total: int, strays: int, options: int
) -> Verdict:
    if test is None or effect is None:
        return "not_tested" if total else "too_few"
    if strays:
        return "differs"
    if total < _LEAST_PER_OPTION * options:
        return "too_few"
    return "differs" if test.p_value < UNLIKELY and effect >= _SMALL_EFFECT else "fits"


def _shares(weights: Weights[str]) -> dict[str, float]:
    bounds = (0, *weights.bounds)
    return {
        option: (bounds[place + 1] - bounds[place]) / weights.total
        for place, option in enumerate(weights.options)
    }
