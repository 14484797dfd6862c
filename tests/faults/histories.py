"""Settings folded from their histories, by none of the code that is under test."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from tests.faults.steps import Ack


class Record(msgspec.Struct, frozen=True):
    """One line of a history, as HTTP shows it."""

    event_type: str
    data: dict[str, Any]
    metadata: dict[str, Any]
    created_at: str
    stream_version: int
    position: int

    @property
    def key(self) -> str:
        """The key of the step that wrote it."""
        return str(self.metadata["correlation_id"])

    @property
    def value(self) -> Any:
        """The value that it stored or deleted."""
        return self.data["value" if self.is_set else "deleted_value"]

    @property
    def is_set(self) -> bool:
        """Whether a value was stored."""
        return self.event_type == "ConfigValueSet"


class Histories:
    """Every history of one tenant, by name."""

    def __init__(self, by_name: Mapping[str, list[Record]]) -> None:
        self.by_name = by_name
        self.records = sorted(
            (record for records in by_name.values() for record in records),
            key=lambda record: record.position,
        )

    def tree(self, position: int | None = None) -> dict[str, Any]:
        """Return the values as they were at `position`, or as they are."""
        tree: dict[str, Any] = {}
        for record in self.records:
            if position is not None and record.position > position:
                break
            if record.is_set:
                tree[record.data["config_name"]] = record.value
            else:
                del tree[record.data["config_name"]]
        return tree

    def assert_unbroken(self) -> None:
        """Fail unless each history counts from 1 and each event carries the value before it."""
        for name, records in self.by_name.items():
            assert [record.stream_version for record in records] == [*range(1, len(records) + 1)]
            before = None
            for record in records:
                assert record.data["config_name"] == name
                if record.is_set:
                    assert record.data["old_value"] == before, record
                else:
                    assert record.value == before, record
                before = record.value

    def assert_holds(self, acks: Iterable[Ack]) -> None:
        """Fail unless every acknowledged step is there, at its name, position and version."""
        by_position = {record.position: record for record in self.records}
        for ack in acks:
            record = by_position.get(ack.position)
            assert record is not None, f"lost: {ack}"
            assert (record.key, record.data["config_name"]) == (ack.key, ack.name)
            if ack.version is not None:
                assert record.stream_version == ack.version, (record, ack)

    def assert_once(self, *, refused: Iterable[str] = ()) -> None:
        """Fail where a step was written twice, or where one that was refused was written at all."""
        written = Counter(record.key for record in self.records)
        assert [key for key, count in written.items() if count > 1] == []
        assert [key for key in refused if key in written] == []
