"""What an import plans, checks and sends, and what it knows when it stops."""

import threading
from concurrent.futures import wait
from typing import Any

import pytest

from tenantry.base.errors import Invalid
from tenantry.configs.commands.transfer import (
    REQUESTS_IN_FLIGHT,
    ImportPlan,
    check_all,
    plan_import,
    send_all,
)
from tenantry.terminal import Refused, Unreachable

NAMES = [f"n{number:03}" for number in range(100)]


def test_a_plan_names_what_differs_in_the_order_of_names() -> None:
    plan = plan_import(
        {"d": b"1", "c": b"2", "b": b"3", "a": b"4"},
        {"a": b"4", "b": b"0", "x": b"9"},
        is_same=bytes.__eq__,
    )

    assert (plan.created, plan.updated, plan.unchanged) == (["c", "d"], ["b"], ["a"])
    assert plan.changes == ["b", "c", "d"]


def test_several_are_sent_at_a_time_and_every_one_once() -> None:
    sent: list[str] = []
    together = threading.Barrier(REQUESTS_IN_FLIGHT, timeout=10)

    def send(name: str) -> None:
        sent.append(name)
        if name < NAMES[REQUESTS_IN_FLIGHT]:
            together.wait()

    transfer = send_all(NAMES, send, tell=lambda _: None)

    assert sorted(sent) == NAMES
    assert sorted(transfer.stored) == NAMES
    assert not transfer.is_stopped


@pytest.mark.parametrize("status, unknown", [(412, []), (503, []), (500, ["a"])])
def test_only_a_server_that_broke_leaves_it_open_what_was_stored(
    status: int, unknown: list[str]
) -> None:
    def send(_name: str) -> None:
        raise Refused("no", status=status)

    transfer = send_all(["a"], send, tell=lambda _: None)

    assert list(transfer.unanswered) == unknown


def test_an_interrupt_waits_for_what_is_under_way_and_sends_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    interrupts = iter([KeyboardInterrupt])

    def interrupted_once(*arguments: Any, **named: Any) -> Any:
        for interrupt in interrupts:
            raise interrupt
        return wait(*arguments, **named)

    monkeypatch.setattr("tenantry.configs.commands.transfer.wait", interrupted_once)
    transfer = send_all(NAMES, lambda _: None, tell=lambda _: None)

    assert transfer.is_interrupted
    assert sorted(transfer.stored) == NAMES[:REQUESTS_IN_FLIGHT]


def test_nothing_more_is_sent_after_the_first_error_and_what_was_under_way_counts() -> None:
    sent: list[str] = []
    together = threading.Barrier(2, timeout=10)

    def send(name: str) -> None:
        sent.append(name)
        if name == "n010":
            together.wait()
            raise Refused("no", status=400)
        if name == "n011":
            together.wait()
            raise Unreachable("gone")

    transfer = send_all(NAMES, send, tell=lambda _: None)

    report = transfer.report(ImportPlan(created=NAMES[:50], updated=NAMES[50:], unchanged=["x"]))
    assert len(sent) <= 10 + 2 * REQUESTS_IN_FLIGHT
    assert report.created + report.updated == len(transfer.stored)
    assert set(transfer.stored) == set(sent) - {"n010", "n011"}
    assert report.errors == {"n010": "no", "n011": "gone"}
    assert (report.unknown, report.unchanged) == (["n011"], 1)
    assert sorted([*report.not_stored, *transfer.stored, "n011"]) == NAMES


def test_progress_is_told_up_to_the_end() -> None:
    told: list[int] = []

    send_all(NAMES, lambda _: None, tell=told.append)

    assert told == sorted(told)
    assert told[-1] == len(NAMES)


def test_a_bug_is_not_taken_for_a_refusal() -> None:
    def send(_name: str) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        send_all(NAMES, send, tell=lambda _: None)


def test_everything_that_is_wrong_is_told_and_counted() -> None:
    values = {"good": b"1", "a/b": b"1", "deep": b"[" * 201 + b"]" * 201}

    with pytest.raises(Invalid) as refused:
        check_all(values, {}, source="tree.json")

    lines = refused.value.message.splitlines()
    assert lines[0] == "tree.json: 2 settings cannot be stored:"
    assert lines[1].startswith("  'a/b': ")
    assert lines[2].startswith("  'deep': ")


def test_a_long_list_of_problems_is_cut_for_people_only() -> None:
    with pytest.raises(Invalid) as refused:
        check_all({f"/{number}": b"1" for number in range(50)}, {}, source="x")

    assert refused.value.message.splitlines()[-1] == "  and 30 more"
    assert refused.value.details is not None
    assert len(refused.value.details["problems"]) == 50


def test_what_stands_for_a_secret_is_fine_where_there_is_one() -> None:
    values = {"kept": b'"[secret]"', "plain": b'"[secret]"', "missing": b'"[secret]"'}
    current = {"kept": b'"[secret]"', "plain": b'"x"'}

    with pytest.raises(Invalid) as refused:
        check_all(values, current, source="tree.json")

    assert refused.value.details is not None
    assert [problem.split(":")[0] for problem in refused.value.details["problems"]] == [
        "'plain'",
        "'missing'",
    ]
    check_all({"kept": b'"[secret]"'}, current, source="tree.json")
