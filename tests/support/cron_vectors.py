"""Which of the shared cron vectors are not claimed, since they are another program's meaning."""

from typing import Final

from tests.support.repository import ROOT

VECTORS: Final = ROOT.parent / "shared/fixtures/cron_vectors.json"
"""Expressions and fire times of several programs, beside the checkout if they are there at all."""

NOT_CLAIMED: Final[dict[str, set[str]]] = {
    "`?` is refused, write `*`": {
        "v070", "v075", "v078", "v080", "v081", "v082", "v084", "v085", "v088", "v152",
    },
    "a range that falls (`22-2`, `FRI-SUN`) is refused, with the values that may be meant": {
        "v137", "v138", "v139", "v181", "v190", "v191", "v192", "v208",
    },
    "`SUN-SUN` is Sunday": {"v193"},
    "seconds are the first of six fields": {"v157"},
    "years, a seventh field, are refused": {"v226", "v227"},
    "`15W` is spelled so": {"v149"},
    "`L` stands alone, so `1-L` is refused": {"v132"},
    "`31W` has no run in a month of 30 days": {"v146"},
    "both fields of days as in Debian": {"v125", "v131"},
    "an hourly run runs in the hour that is shown twice": {"v099"},
}  # fmt: skip
"""By the row of the reference that says what is meant here."""
