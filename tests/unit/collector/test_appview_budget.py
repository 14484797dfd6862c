"""What a service tells of its limits is kept to, also where it tells of several."""

from tenantry.collector.remote.appview.budget import RequestBudget, ServiceBudget
from tenantry.collector.remote.appview.headers import Told


def told(remaining: int, *, reset: int, resets_in: float) -> Told:
    return Told(limit=5, remaining=remaining, reset=reset, resets_in=resets_in, window_seconds=10.0)


def asked_within(budget: ServiceBudget, now: float, answer: Told) -> int:
    """Return how many requests go out at `now`, each answered with the same."""
    count = 0
    while budget.delay(now, 0) == 0.0 and count < 100:
        budget.hear(answer, now, lost_before=budget.lost_count)
        count += 1
    return count


def test_a_service_whose_clock_was_set_back_is_not_asked_for_more() -> None:
    budget = ServiceBudget()
    budget.hear(told(0, reset=1_000, resets_in=10.0), 0.0, lost_before=0)
    assert budget.delay(0.0, 0) == 10.0

    assert asked_within(budget, 10.0, told(4, reset=500, resets_in=10.0)) == 5


def test_a_service_without_limits_may_be_asked_by_many_once_it_has_answered() -> None:
    budget = ServiceBudget()
    assert budget.delay(0.0, 0) == 0.0
    assert budget.delay(0.0, 1) is None

    budget.hear(None, 1.0, lost_before=0)
    assert budget.delay(1.0, 50) == 0.0


def test_the_last_one_waits_for_those_under_way() -> None:
    budget = ServiceBudget()
    budget.hear(told(2, reset=1_000, resets_in=10.0), 0.0, lost_before=0)

    assert budget.delay(0.0, 1) == 0.0
    assert budget.delay(0.0, 2) is None


def test_a_request_budget_ends() -> None:
    budget = RequestBudget(2)

    assert [budget.take() for _ in range(4)] == [True, True, False, False]
    assert budget.made == 2
