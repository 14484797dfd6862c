"""Whatever is said of an expression, it can be said of every one; and any text gets an answer."""

from itertools import islice

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenantry.scheduling import (
    Cron,
    CronError,
    Fires,
    IntentError,
    cadence_seconds,
    describe,
    fits,
    parse_intent,
    runs_per_week,
    warnings_of,
)
from tenantry.scheduling.cron.warning import WARNINGS
from tests.support.counts import soak_count
from tests.support.cron_oracle import CHANGES, US, Spec
from tests.support.cron_specs import specs

pytestmark = pytest.mark.soak

MANY = settings(
    max_examples=soak_count(2_000),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
LETTERS = st.sampled_from("0123456789*/,-#LW@? \tMONJAN\0\n\u0661\u00b9")
SAID = (
    "every hourly daily weekly 2 0 10 hours hour minutes day days weeks at on from between to and"
    " , - 9 AM 5pm 17:30 25 Mon Fri-Sun weekdays weekends \u0661 funday"
)
WORDS = st.sampled_from(sorted(SAID.split()))


@MANY
@given(st.one_of(st.text(LETTERS, max_size=40), st.text(max_size=40)))
def test_any_text_is_an_expression_or_a_cron_error(text: str) -> None:
    try:
        cron = Cron.parse(text)
    except CronError as refused:
        message = refused.message
    else:
        assert Fires(cron, "UTC").after(0) is not None
        return
    assert ", wants " in message


@MANY
@given(st.one_of(st.lists(WORDS, max_size=9).map(" ".join), st.text(max_size=40)))
def test_any_text_is_an_intent_or_an_error_with_the_grammar(text: str) -> None:
    try:
        intent = parse_intent(text)
    except IntentError as refused:
        message = refused.message
    else:
        assert intent.every_seconds > 0
        assert intent.runs_per_week > 0
        return
    assert "every [N] seconds" in message


@MANY
@given(specs(), st.sampled_from(sorted(CHANGES)))
def test_every_expression_has_words_a_rate_and_warnings(spec: Spec, zone: str) -> None:
    try:
        cron = Cron.parse(spec.text)
    except CronError:
        return

    words = describe(cron)
    assert words[0].isupper()
    assert "  " not in words
    assert runs_per_week(cron, zone) > 0
    assert cadence_seconds(cron) > 0
    codes = [warning.code for warning in warnings_of(cron)]
    assert codes == [code for code in WARNINGS if code in codes]
    assert isinstance(fits(parse_intent("every 90 minutes"), cron, zone), str)


@MANY
@given(
    specs(),
    st.sampled_from(sorted(CHANGES)),
    st.integers(-10, 10),
    st.integers(0, 30 * 3_600 * US),
)
def test_what_is_counted_is_what_is_walked(spec: Spec, zone: str, days: int, length: int) -> None:
    try:
        fires = Fires(Cron.parse(spec.text), zone)
    except CronError:
        return
    change = CHANGES[zone][days % len(CHANGES[zone])]
    start = (change.toordinal() - 719_163) * 86_400 * US + days * 9_000 * US

    walked = list(islice(fires.between(start, start + length), 5_000))
    end = walked[-1] if len(walked) == 5_000 else start + length
    assert fires.count(start, end) == len(walked)
