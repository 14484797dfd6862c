"""Expressions for property tests, each made beside what it means."""

from hypothesis import strategies as st

from tests.support.cron_oracle import DayPart, Part, Spec

MONTH_NAMES = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
DAY_NAMES = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]


def specs(*, seconds: st.SearchStrategy[Part | None] | None = None) -> st.SearchStrategy[Spec]:
    """Return specs, most of which fire every few days at least."""
    return st.builds(
        Spec,
        second=seconds if seconds is not None else any_seconds(),
        minute=numbers(0, 59),
        hour=numbers(0, 23),
        month_day=st.one_of(st.just(DayPart("*", "number", frozenset(range(1, 32)))), month_days()),
        month=st.one_of(st.just(Part("*", frozenset(range(1, 13)))), months()),
        week_day=st.one_of(st.just(DayPart("*", "number", frozenset(range(7)))), week_days()),
    )


def any_seconds() -> st.SearchStrategy[Part | None]:
    """Return no seconds, one, or several."""
    return st.one_of(st.none(), one_second(), numbers(0, 59))


def one_second() -> st.SearchStrategy[Part]:
    """Return a field of one second."""
    return st.integers(0, 59).map(lambda n: Part(str(n), frozenset({n})))


def several_seconds() -> st.SearchStrategy[Part]:
    """Return a field of more than one second."""
    return numbers(0, 59).filter(lambda part: len(part.values) > 1)


def numbers(low: int, high: int, names: list[str] | None = None) -> st.SearchStrategy[Part]:
    """Return fields of numbers: lists of `*`, `a`, `a-b`, `a/n`, each with steps and without."""
    items = st.lists(_item(low, high, names), min_size=1, max_size=3)
    return items.map(
        lambda parts: Part(
            ",".join(part.text for part in parts),
            frozenset(value for part in parts for value in part.values),
        )
    )


@st.composite
def _item(draw: st.DrawFn, low: int, high: int, names: list[str] | None) -> Part:
    step = draw(st.one_of(st.just(1), st.integers(1, 30), st.just(high + 7)))
    end = f"/{step}" if step > 1 or draw(st.booleans()) else ""
    kind = draw(st.sampled_from(["star", "value", "range", "range"]))
    if kind == "star":
        return Part(f"*{end}", frozenset(range(low, high + 1, step)))

    first, last = sorted(draw(st.tuples(st.integers(low, high), st.integers(low, high))))
    if kind == "value":
        values = range(first, high + 1, step) if end else range(first, first + 1)
        return Part(f"{_spelled(draw, first, low, names)}{end}", frozenset(values))
    if first == last:
        # `5-5/2` is 5; to cronsim it is `5/2`.
        end = ""
    text = f"{_spelled(draw, first, low, names)}-{_spelled(draw, last, low, names)}{end}"
    return Part(text, frozenset(range(first, last + 1, step)))


def _spelled(draw: st.DrawFn, value: int, low: int, names: list[str] | None) -> str:
    if names is not None and value - low < len(names) and draw(st.booleans()):
        name = names[value - low]
        return draw(st.sampled_from([name, name.lower(), name.title()]))
    return draw(st.sampled_from([str(value), f"{value:02}"]))


def months() -> st.SearchStrategy[Part]:
    """Return fields of months."""
    return numbers(1, 12, MONTH_NAMES)


def month_days() -> st.SearchStrategy[DayPart]:
    """Return fields of days of the month."""
    return st.one_of(
        numbers(1, 31).map(lambda part: DayPart(part.text, "number", part.values)),
        st.just(DayPart("L", "from_last", frozenset({0}))),
        st.integers(1, 30).map(lambda n: DayPart(f"L-{n}", "from_last", frozenset({n}))),
        st.integers(1, 31).map(lambda n: DayPart(f"{n}W", "nearest", frozenset({n}))),
        st.just(DayPart("LW", "last_weekday")),
    )


def week_days() -> st.SearchStrategy[DayPart]:
    """Return fields of days of the week; a step behind a single one is refused, so it has none."""
    plain = numbers(0, 7, DAY_NAMES).filter(lambda part: not _has_open_step(part.text))
    return st.one_of(
        plain.map(lambda part: DayPart(part.text, "number", part.values)),
        st.integers(0, 7).map(lambda n: DayPart(f"{n}L", "last", frozenset({n}))),
        st.tuples(st.integers(0, 6), st.integers(1, 5)).map(
            lambda pair: DayPart(
                f"{DAY_NAMES[pair[0]]}#{pair[1]}", f"nth{pair[1]}", frozenset({pair[0]})
            )
        ),
    )


def _has_open_step(text: str) -> bool:
    return any(
        "/" in item and "-" not in item and not item.startswith("*") for item in text.split(",")
    )
