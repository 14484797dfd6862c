"""How like a company's the rows of a tenant are: what was declared, and what there is."""

from typing import Literal, TypeAlias

import msgspec

Verdict: TypeAlias = Literal["fits", "differs", "too_few", "not_tested"]
"""`not_tested` is only shown: nobody has said what it should be like, or it is to change."""


class _Part(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A part of the report; durations are hours, shares of 1."""


class Share(_Part, frozen=True, kw_only=True):
    """How often an option was taken, and how often it should be."""

    option: str
    count: int
    observed: float
    declared: float | None


class Mix(_Part, frozen=True, kw_only=True):
    """The options that rows have taken, by Pearson's chi-square test beside those declared.

    `effect` is Cohen's w: how far apart the two are, whatever the number of rows.
    """

    name: str
    count: int
    shares: tuple[Share, ...]
    chi_square: float | None
    degrees: int
    p_value: float | None
    effect: float | None
    verdict: Verdict


class Hours(_Part, frozen=True, kw_only=True):
    """How much happens in business hours."""

    name: str
    count: int
    inside: int
    observed: float


class Dwell(_Part, frozen=True, kw_only=True):
    """How long something takes, in business hours: what 5, 10 … 95 of 100 take at most.

    `declared` are the same of what was declared; `distance` is how far the two distributions are
    apart at most, by Kolmogorov and Smirnov.
    """

    name: str
    count: int
    observed: tuple[float, ...]
    declared: tuple[float, ...]
    distance: float
    verdict: Verdict


class Ages(_Part, frozen=True, kw_only=True):
    """How old what is open is: how much of it by days, from the youngest."""

    name: str
    count: int
    labels: tuple[str, ...]
    counts: tuple[int, ...]


class Concentration(_Part, frozen=True, kw_only=True):
    """How much of all falls on how few; `exponent` is that of Zipf's law which fits best."""

    name: str
    count: int
    of: int
    largest: float
    top_fifth: float
    exponent: float | None
    counts: tuple[int, ...]


class Conversion(_Part, frozen=True, kw_only=True):
    """What became of the leads that are old enough to have been decided."""

    count: int
    won: int
    lost: int
    open: int
    observed: float
    declared: float
    verdict: Verdict


class FidelityReport(_Part, frozen=True, kw_only=True):
    """What the rows of a tenant are like, beside what was declared."""

    rows: int
    mixes: tuple[Mix, ...]
    hours: tuple[Hours, ...]
    dwells: tuple[Dwell, ...]
    ages: tuple[Ages, ...]
    concentrations: tuple[Concentration, ...]
    conversion: Conversion
    # What makes a tenant look made up, in words; nothing is empty.
    remarks: tuple[str, ...]


class FidelityTable(_Part, frozen=True, kw_only=True):
    """A part of the report as a table: every cell is text."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
