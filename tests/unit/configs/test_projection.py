import random

import msgspec
import pytest

from tenantry.configs import ConfigStateProjection
from tenantry.configs.model import NO_SCHEMAS
from tenantry.eventlog import RecordedEvent
from tenantry.tenants import TENANT_ERASED


class History:
    """Makes the events of a log, and keeps what they should add up to."""

    def __init__(self) -> None:
        self.events: list[RecordedEvent] = []
        self.model: dict[str, dict[str, object]] = {}
        self._versions: dict[tuple[str, str], int] = {}

    def set(self, name: str, value: object, tenant: str = "t") -> "History":
        data = {"config_name": name, "value": value, "old_value": None, "timestamp": ""}
        self.model.setdefault(tenant, {})[name] = value
        return self._add(tenant, name, "configs.value_set.v1", data)

    def delete(self, name: str, tenant: str = "t") -> "History":
        data: dict[str, object] = {"config_name": name, "deleted_value": None, "timestamp": ""}
        self.model.setdefault(tenant, {}).pop(name, None)
        return self._add(tenant, name, "configs.value_deleted.v1", data)

    def schema(self, name: str, schema: object, tenant: str = "t") -> "History":
        data = {"config_name": name, "prefix": None, "schema": schema, "old_schema": None}
        return self._add(tenant, name, "configs.schema_set.v1", {**data, "timestamp": ""})

    def erase(self, tenant: str = "t") -> "History":
        return self._add(tenant, "tenant", TENANT_ERASED, {})

    def other(self) -> "History":
        return self._add("t", "x", "clients.applied.v1", {"anything": True})

    def _add(self, tenant: str, name: str, type_: str, data: dict[str, object]) -> "History":
        version = self._versions[tenant, name] = self._versions.get((tenant, name), 0) + 1
        position = len(self.events) + 1
        encoded = msgspec.json.encode(data)
        self.events.append(
            RecordedEvent(
                position, tenant, f"config-{name}", version, type_, encoded, b"{}", position
            )
        )
        return self


def projected(history: History, batch: int = 1_000) -> ConfigStateProjection:
    projection = ConfigStateProjection()
    for start in range(0, len(history.events), batch):
        projection.apply(history.events[start : start + batch])
    return projection


def random_history(seed: int, count: int = 400) -> History:
    chance = random.Random(seed)
    history = History()
    for step in range(count):
        tenant = chance.choice(["t", "u"])
        name = chance.choice(["a", "b", "ab", "ключ", "🚀", "\U0010ffff", "b.c"])
        if chance.random() < 0.3:
            history.delete(name, tenant)
        else:
            history.set(name, step, tenant)
    return history


def test_nothing_is_there_without_events() -> None:
    projection = ConfigStateProjection()
    assert projection.get("t", "a") is None
    assert projection.entries("t") == []
    assert projection.get_state("t") == {}
    assert projection.count == 0


def test_the_last_event_of_a_name_counts() -> None:
    history = History().set("a", 1).set("a", 2).set("b", 1).delete("b").set("c", 1).delete("c")
    projection = projected(history.set("c", "back"))
    assert projection.get_state("t") == {"a": 2, "c": "back"}
    entry = projection.get("t", "c")
    assert entry is not None
    assert (entry.version, entry.position, entry.updated_at) == (3, 7, 7)


def test_a_deletion_of_what_is_not_there_is_nothing() -> None:
    projection = projected(History().delete("a").set("b", 1).delete("b").delete("b"))
    assert projection.get_state("t") == {}
    assert projection.entries("t") == []


def test_events_of_other_features_pass_by() -> None:
    assert projected(History().other().set("a", 1).other()).get_state("t") == {"a": 1}


@pytest.mark.parametrize("value", ["", "你好 🚀", "v" * 10_000, None, {"a": [1, 2.5, None]}])
def test_a_value_is_kept_as_it_is(value: object) -> None:
    assert projected(History().set("a", value)).get_state("t") == {"a": value}


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("batch", [1, 7, 1_000])
def test_batches_of_any_size_lead_to_the_same_state(seed: int, batch: int) -> None:
    history = random_history(seed)
    projection = projected(history, batch)
    for tenant in ("t", "u"):
        assert projection.get_state(tenant) == history.model[tenant]
    assert projection.count == sum(len(tree) for tree in history.model.values())
    assert projection.digest() == projected(history).digest()


def test_lists_are_right_while_names_come_and_go() -> None:
    history = random_history(11)
    projection = ConfigStateProjection()
    for event in history.events:
        projection.apply([event])
        names = [entry.name for entry in projection.entries(event.tenant_id)]
        assert names == sorted(projection.get_state(event.tenant_id))


def test_prefix_after_and_limit_select_from_the_sorted_names() -> None:
    names = ["a", "a\U0010ffff", "a\U0010ffffz", "aa", "ab", "b", "ä", "🚀", "🚀x"]
    history = History()
    for name in names:
        history.set(name, name)
    projection = projected(history)

    for prefix in ("", "a", "aa", "a\U0010ffff", "🚀", "x"):
        for after in (None, "", "a", "aa", "aaa", "b", "🚀x"):
            for limit in (None, 1, 2, 100):
                found = projection.entries("t", prefix=prefix, after=after, limit=limit)
                wanted = [
                    name
                    for name in sorted(names)
                    if name.startswith(prefix) and (after is None or name > after)
                ]
                assert [entry.name for entry in found] == wanted[:limit]


def test_tenants_are_apart() -> None:
    projection = projected(History().set("a", 1, "t").set("a", 2, "u").delete("a", "t"))
    assert (projection.get_state("t"), projection.get_state("u")) == ({}, {"a": 2})


def test_a_copy_stays_as_it_was() -> None:
    history = History().set("a", 1)
    projection = projected(history)
    copy, digest = projection.copy(), projection.digest()
    projection.apply(history.set("a", 2).set("b", 1).events[1:])
    assert (copy.get_state("t"), copy.digest()) == ({"a": 1}, digest)
    assert projection.digest() != digest


@pytest.mark.parametrize("count", [0, 1, 255, 256, 257, 2_000])
def test_a_snapshot_restores_everything(count: int) -> None:
    history = History()
    for n in range(count):
        history.set(f"name-{n}", {"n": n, "text": "é" * (n % 50)}, "t" if n % 3 else "u")
    projection = projected(history)

    restored = ConfigStateProjection()
    restored.decode([bytes(chunk) for chunk in projection.encode()])
    assert restored.digest() == projection.digest()
    assert restored.get_state("t") == projection.get_state("t")
    assert restored.entries("u") == projection.entries("u")


def test_the_digest_tells_value_version_position_and_tenant_apart() -> None:
    digests = {
        projected(History()).digest(),
        projected(History().set("a", 1)).digest(),
        projected(History().set("a", 2)).digest(),
        projected(History().set("b", 1)).digest(),
        projected(History().set("a", 1, "u")).digest(),
        projected(History().set("a", 1).set("a", 1)).digest(),
        projected(History().other().set("a", 1)).digest(),
    }
    assert len(digests) == 7
    assert projected(History().set("a", 1).delete("a")).digest() in digests


def test_of_an_erased_tenant_nothing_is_left_and_others_keep_everything() -> None:
    history = History().set("a", 1).schema("a", {}).set("a", 2, "u").schema("a", {}, "u")
    projection = projected(history)
    assert projection.entries("t")
    assert not projection.has_erased("t")

    projection.apply(history.erase().events[-1:])
    assert projection.has_erased("t")
    assert not projection.has_erased("u")
    assert (projection.entries("t"), projection.get("t", "a")) == ([], None)
    assert projection.schemas("t") == NO_SCHEMAS
    assert (projection.get_state("u"), len(projection.schemas("u").by_target)) == ({"a": 2}, 1)
    assert (projection.count, list(projection.trees())) == (1, ["u"])


@pytest.mark.parametrize("batch", [1, 3, 1_000])
def test_what_happens_to_an_erased_tenant_later_is_not_taken_in(batch: int) -> None:
    history = History().set("a", 1).erase().set("a", 2).set("b", 1).schema("a", {}).delete("a")
    projection = projected(history.set("a", 3, "u").erase(), batch)
    assert (projection.get_state("t"), projection.get_state("u")) == ({}, {"a": 3})
    assert projection.schemas("t") == NO_SCHEMAS


def test_that_a_tenant_was_erased_is_in_copies_snapshots_and_digests() -> None:
    history = History().set("a", 1).set("a", 1, "u").erase().erase("never-was")
    projection = projected(history)
    restored = ConfigStateProjection()
    restored.decode([bytes(chunk) for chunk in projection.encode()])
    copy = projection.copy()
    digest = projection.digest()
    assert digest == restored.digest() == copy.digest()

    # The same settings, of a log in which nobody was erased.
    assert digest != projected(History().other().set("a", 1, "u").other().other()).digest()
    for each in (projection, restored, copy):
        assert (each.has_erased("t"), each.has_erased("never-was")) == (True, True)
    later = history.set("a", 2).erase("u").events[4:]
    projection.apply(later)
    restored.apply(later)
    assert projection.digest() == restored.digest()
    assert (projection.count, copy.count) == (0, 1)
    assert not copy.has_erased("u")
