"""Rows of the collector: records and what is derived, cursors, the ledger, strategy runs."""

from tenantry.collector.store.acts import (
    EVENT_TYPES,
    acted,
)
from tenantry.collector.store.analytics import (
    growth,
    leaders,
    network,
    trending,
)
from tenantry.collector.store.batches import (
    DEAD_LETTERS_KEPT,
    known_records,
    known_users,
    write_batch,
)
from tenantry.collector.store.collected_posts import (
    collected_by_tags,
    collected_mentions,
    tags_of,
)
from tenantry.collector.store.deleting import (
    delete_all,
)
from tenantry.collector.store.deserted import KINDS, Stretch, deserted_records, forget_handles
from tenantry.collector.store.encoding import (
    EncodedBatch,
    encode_batch,
)
from tenantry.collector.store.ledger import (
    covered_of,
    cursors_of,
    forget_covered,
    forget_other_cursors,
    gaps_of,
    keep_covered,
    keep_cursor,
    keep_gap,
    paces_of,
)
from tenantry.collector.store.status import (
    dead_letters_before,
    figures_of,
    find_switch,
    keep_pulse,
    keep_switch,
    pulses_of,
)
from tenantry.collector.store.strategies import (
    NEWEST,
    clear_strategy_run,
    count_strategy_runs_under_way,
    delete_strategies,
    due_strategy_runs,
    find_strategy_run,
    first_candidates,
    first_tasks,
    forget_strategy_runs,
    found_after,
    found_of_keys,
    insert_strategy_run,
    keep_strategy_run,
    strategy_runs_before,
    write_step,
)

__all__ = [
    "DEAD_LETTERS_KEPT",
    "EVENT_TYPES",
    "KINDS",
    "NEWEST",
    "EncodedBatch",
    "Stretch",
    "acted",
    "clear_strategy_run",
    "collected_by_tags",
    "collected_mentions",
    "count_strategy_runs_under_way",
    "covered_of",
    "cursors_of",
    "dead_letters_before",
    "delete_all",
    "delete_strategies",
    "deserted_records",
    "due_strategy_runs",
    "encode_batch",
    "figures_of",
    "find_strategy_run",
    "find_switch",
    "first_candidates",
    "first_tasks",
    "forget_covered",
    "forget_handles",
    "forget_other_cursors",
    "forget_strategy_runs",
    "found_after",
    "found_of_keys",
    "gaps_of",
    "growth",
    "insert_strategy_run",
    "keep_covered",
    "keep_cursor",
    "keep_gap",
    "keep_pulse",
    "keep_strategy_run",
    "keep_switch",
    "known_records",
    "known_users",
    "leaders",
    "network",
    "paces_of",
    "pulses_of",
    "strategy_runs_before",
    "tags_of",
    "trending",
    "write_batch",
    "write_step",
]
