"""Pure decisions of the collector: parsing, folding, the ledger, which host to ask, strategies."""

from tenantry.collector.rules.counting import counted, news
from tenantry.collector.rules.figures import added
from tenantry.collector.rules.fold import Folded, Settled, fold, forgotten, settle
from tenantry.collector.rules.frames import parse_v1, parse_v2, wire_of
from tenantry.collector.rules.ledger import (
    blind_gap,
    closed,
    cut_off,
    grown,
    is_filled_by,
    lost,
    merged,
    skipped_gap,
    stretch_of,
    summarise,
    too_old_gap,
    unfilled_from,
    widened_gaps,
)
from tenantry.collector.rules.misfits import REASONS
from tenantry.collector.rules.names import (
    domain_of,
    handle_of,
    is_did,
    is_handle,
    is_nsid,
    is_rkey,
    post_of,
)
from tenantry.collector.rules.pace import (
    is_blind,
    paces_after,
    quieted,
    silence_seconds,
    total_rate,
)
from tenantry.collector.rules.reading import record_of, tag_of
from tenantry.collector.rules.ring import (
    PENALTY_US,
    Ring,
    Seat,
    forgiven,
    next_host,
    penalised,
    ring_of,
)
from tenantry.collector.rules.score import score
from tenantry.collector.rules.tid import is_tid, tid_of, tid_us
from tenantry.collector.rules.users import user_figures, users_of
from tenantry.collector.rules.watermark import Watermark, advance, beginning_us
from tenantry.collector.rules.words import instant_in_words, status_in_words

__all__ = [
    "PENALTY_US",
    "REASONS",
    "Folded",
    "Ring",
    "Seat",
    "Settled",
    "Watermark",
    "added",
    "advance",
    "beginning_us",
    "blind_gap",
    "closed",
    "counted",
    "cut_off",
    "domain_of",
    "fold",
    "forgiven",
    "forgotten",
    "grown",
    "handle_of",
    "instant_in_words",
    "is_blind",
    "is_did",
    "is_filled_by",
    "is_handle",
    "is_nsid",
    "is_rkey",
    "is_tid",
    "lost",
    "merged",
    "news",
    "next_host",
    "paces_after",
    "parse_v1",
    "parse_v2",
    "penalised",
    "post_of",
    "quieted",
    "record_of",
    "ring_of",
    "score",
    "settle",
    "silence_seconds",
    "skipped_gap",
    "status_in_words",
    "stretch_of",
    "summarise",
    "tag_of",
    "tid_of",
    "tid_us",
    "too_old_gap",
    "total_rate",
    "unfilled_from",
    "user_figures",
    "users_of",
    "widened_gaps",
    "wire_of",
]
