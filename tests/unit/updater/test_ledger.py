"""What is made of the deltas of runs, and what undoing decides."""

from typing import Any

import msgspec

from tenantry.updater.model import Delta, History, Kept, Row, RowName, StoredRow, UndoPlan
from tenantry.updater.rules.ledger import Undo, fold, is_begun
from tests.support.living import activity, customer, machine, record, technician, ticket

LEAD = record("r-1")
CALL = activity("a-1", "r-1")


def test_a_row_is_what_it_began_with_and_what_runs_made_of_it_in_their_order() -> None:
    history = of(LEAD, ("b", {"status": "contacted", "city": "Oslo"}), ("c", {"city": "Rome"}))

    assert fold(history) == msgspec.structs.replace(LEAD, status="contacted", city="Rome")


def test_a_run_that_is_undone_has_made_nothing_of_a_row() -> None:
    history = of(LEAD, ("b", {"status": "contacted", "city": "Oslo"}), ("c", {"city": "Rome"}))

    assert fold(history, {"c"}) == msgspec.structs.replace(LEAD, status="contacted", city="Oslo")
    assert fold(history, {"b"}) == msgspec.structs.replace(LEAD, city="Rome")
    assert fold(history, {"b", "c"}) == LEAD
    assert fold(history, {"a", "b", "c"}) == LEAD
    assert (is_begun(history, {"b", "c"}), is_begun(history, {"a"})) == (True, False)


def test_what_comes_out_of_json_makes_the_row_again() -> None:
    row = ticket("s-1", "cust-1", 1000, parts_used=("a", "b"), labor_hours=2.0)
    values = msgspec.json.decode(msgspec.json.encode(row))
    delta = Delta(run_id="a", is_begun=True, is_undone=False, values=values)

    assert fold(History(name=RowName(row.table, row.id), deltas=(delta,))) == row


def test_a_row_that_no_run_began_is_nothing_to_anybody() -> None:
    name = RowName("customers", "cust-1")

    assert fold(History(name=name, deltas=())) is None
    stored = StoredRow(row=customer("cust-1"))
    assert planned("a", History(name=name, deltas=(), stored=stored)) == UndoPlan()


def test_a_row_that_began_again_is_what_it_began_with_last() -> None:
    again = msgspec.structs.replace(LEAD, city="Bonn")
    first = of(LEAD, ("b", {"city": "Oslo"}), undone={"a", "b"})
    second = Delta(run_id="z", is_begun=True, is_undone=False, values=values_of(again))

    history = msgspec.structs.replace(first, deltas=(*first.deltas, second))

    assert fold(history) == again
    assert is_begun(history)


def test_undoing_removes_what_began_and_restores_what_changed() -> None:
    moved = of(LEAD, ("b", {"status": "contacted"}))
    began = of(CALL, run_id="b")

    assert planned("b", moved, began) == UndoPlan(removed=(began.name,), restored=(LEAD,))


def test_what_needs_a_row_that_goes_goes_with_it() -> None:
    lead, call = of(LEAD), of(CALL, run_id="b")

    undo = Undo(["a"])
    undo.learn([lead])
    assert undo.unasked() == [lead.name]
    assert undo.unasked() == []
    assert undo.expect([call.name]) == {call.name}
    undo.learn([call])
    assert undo.unasked() == [call.name]
    assert undo.expect([]) == set()
    assert undo.unknown_parents() == set()

    assert undo.plan() == UndoPlan(
        removed=(lead.name,), removed_with=(call.name,), noted=(call.name,)
    )


def test_what_a_person_has_edited_stays_and_so_does_what_it_needs() -> None:
    lead, call = of(LEAD, ("b", {"status": "contacted"})), edited(of(CALL, run_id="b"))

    assert planned("a", lead, call) == UndoPlan(kept=(needed(lead), mine(call)))
    assert planned("b", lead, call) == UndoPlan(restored=(LEAD,), kept=(mine(call),))


def test_a_row_that_is_not_as_runs_made_it_is_a_persons() -> None:
    lead = of(LEAD, ("b", {"status": "contacted"}))
    stored = StoredRow(row=msgspec.structs.replace(LEAD, city="Rome"))
    lead = msgspec.structs.replace(lead, stored=stored)

    assert planned("a", lead) == UndoPlan(kept=(mine(lead),))


def test_what_a_person_has_deleted_does_not_come_back() -> None:
    lead = msgspec.structs.replace(of(LEAD, ("b", {"status": "contacted"})), stored=None)

    assert planned("b", lead) == UndoPlan()
    assert planned("a", lead) == UndoPlan()


def test_a_row_comes_back_when_it_no_longer_needs_what_was_removed() -> None:
    base = ticket("s-1", "cust-1", 1000)
    # The undoing of run t removed technician t-1, and with him the ticket.
    worker = of(technician("t-1"), run_id="t", undone={"t"})
    worker = msgspec.structs.replace(worker, stored=None)
    assigned = of(base, ("b", {"assigned_technician_id": "t-1"}))
    assigned = msgspec.structs.replace(assigned, stored=None, is_removed=True)

    undo = Undo(["b"])
    undo.learn([assigned])
    assert undo.unknown_parents() == {worker.name, RowName("customers", "cust-1")}
    undo.learn([worker, of(customer("cust-1"))])

    assert undo.plan() == UndoPlan(returned=(base,), forgotten=(assigned.name,))


def test_a_row_that_was_removed_is_expected_no_more_when_its_own_run_is_undone() -> None:
    gone = msgspec.structs.replace(of(LEAD, undone={"a"}), stored=None)
    call = msgspec.structs.replace(of(CALL, run_id="b"), stored=None, is_removed=True)

    assert planned("b", gone, call) == UndoPlan(forgotten=(call.name,))


def test_rows_come_parents_first() -> None:
    rows = (machine("m-1", "cust-1"), CALL, customer("cust-1", "r-1"), LEAD)

    plan = planned("a", *(of(row) for row in rows))

    tables = [name.table for name in plan.removed]
    assert tables == ["business_records", "customers", "equipment", "business_record_activities"]


def of(
    row: Row, *updates: tuple[str, dict[str, Any]], run_id: str = "a", undone: Any = ()
) -> History:
    """Return the history of a row that is stored as its runs have made it."""
    deltas = tuple(
        Delta(run_id=run, is_begun=not number, is_undone=run in undone, values=values)
        for number, (run, values) in enumerate(((run_id, values_of(row)), *updates))
    )
    history = History(name=RowName(row.table, row.id), deltas=deltas)
    made = fold(history)
    assert made is not None
    return msgspec.structs.replace(history, stored=StoredRow(row=made))


def edited(history: History) -> History:
    assert history.stored is not None
    stored = msgspec.structs.replace(history.stored, edited_at=1, edited_by="ann")
    return msgspec.structs.replace(history, stored=stored)


def mine(history: History) -> Kept:
    return Kept(name=history.name, reason="edited")


def needed(history: History) -> Kept:
    return Kept(name=history.name, reason="needed")


def planned(run_id: str, *histories: History) -> UndoPlan:
    undo = Undo([run_id])
    undo.learn(histories)
    undo.expect([history.name for history in histories[1:]])
    return undo.plan()


def values_of(row: Row) -> dict[str, Any]:
    return msgspec.structs.asdict(row)
