"""The rules that read: whatever was done before, each read says what the model says."""

from typing import Any

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import rule

from tenantry.base.instant import format_instant
from tenantry.configs import GLOBAL_TENANT, SchemaTarget
from tests.properties.config_machine import (
    NAME,
    PREFIX,
    TENANT,
    ConfigMachine,
    Drawing,
    shown,
)
from tests.properties.config_model import ConfigModel, Fact
from tests.properties.config_moves import choose_target
from tests.properties.config_operations import without_seal
from tests.properties.config_schema_model import SCHEMAS, meets_all
from tests.support.nodes import JSON, ROOT, path_of, principal
from tests.support.waiting import eventually

_PICK = st.integers(0, 1_000)


class ConfigReads(ConfigMachine):
    """Reads of one name and of many, of the present and of the past, through both layers."""

    @rule(tenant_id=TENANT, name=NAME, own_only=st.booleans())
    def read(self, tenant_id: str, name: str, *, own_only: bool) -> None:
        seen = {fact.entry.name: fact for fact in self._tree(tenant_id, own_only=own_only)}
        params = {"layer": "own"} if own_only else {}
        answer = self.run(self.http(tenant_id).ask("GET", path_of(name), params=params))
        self._assert_answers(answer, tenant_id, seen.get(name))

    @rule(tenant_id=TENANT)
    def read_without_the_permission_to_reveal(self, tenant_id: str) -> None:
        reader = principal(tenant_id, "configs:read")
        for fact in self.model.tree(tenant_id):
            if fact.entry.is_secret:
                entry = self.node.store.get(reader, tenant_id, fact.entry.name)
                assert without_seal(entry) == fact.entry
                assert self.run(self.node.store.reveal(reader, tenant_id, entry)) is None

    @rule(tenant_id=TENANT, prefix=PREFIX, limit=st.none() | st.integers(1, 3))
    def list_everything(self, tenant_id: str, prefix: str, limit: int | None) -> None:
        expected = self.model.tree(tenant_id, prefix=prefix)
        found: list[Any] = []
        while True:
            after = found[-1].name if found else None
            page = self.node.store.all(ROOT, tenant_id, prefix=prefix, after=after, limit=limit)
            found += page
            if limit is None or not page:
                break
        assert list(map(without_seal, found)) == [fact.entry for fact in expected]
        assert self.run(self.http(tenant_id).items(prefix=prefix)) == _items(expected)

    @rule(tenant_id=TENANT, pick=_PICK, prefix=PREFIX)
    def travel_to_a_position(self, tenant_id: str, pick: int, prefix: str) -> None:
        position = pick % (self.model.position + 2)
        self._travel(tenant_id, position, str(position), prefix)

    @rule(tenant_id=TENANT, pick=_PICK, shift=st.integers(-1, 1), prefix=PREFIX)
    def travel_to_an_instant(self, tenant_id: str, pick: int, shift: int, prefix: str) -> None:
        if not self.model.facts:
            return
        fact = self.model.facts[pick % len(self.model.facts)]
        # Each event has an instant of its own, those of schemas too.
        instant = fact.entry.updated_at + shift
        position = self.run(self.node.store.position_at(instant))
        reached = [f.entry.position for f in self.model.facts if f.entry.updated_at <= instant]
        assert max(reached, default=0) <= position
        self._travel(tenant_id, position, format_instant(instant), prefix)

    @rule(tenant_id=TENANT, picks=st.tuples(_PICK, _PICK), prefix=PREFIX, own_only=st.booleans())
    def compare_two_moments(
        self, tenant_id: str, picks: tuple[int, int], prefix: str, *, own_only: bool
    ) -> None:
        before, after = (pick % (self.model.position + 2) for pick in picks)
        params = {"from": str(before), "to": str(after), "prefix": prefix}
        params |= {"layer": "own"} if own_only else {}
        answer = self.run(self.http(tenant_id).ask("GET", "/diff", params=params))
        trees = [
            {f.entry.name: f for f in self._tree(tenant_id, position, prefix, own_only=own_only)}
            for position in (before, after)
        ]
        assert answer.json() == [
            _difference(self.model, tenant_id, name, trees[0].get(name), trees[1].get(name))
            for name in sorted({*trees[0], *trees[1]})
            if not _is_same(self.model, tenant_id, trees[0].get(name), trees[1].get(name))
        ]

    @rule(tenant_id=TENANT, name=NAME)
    def explain(self, tenant_id: str, name: str) -> None:
        lasts = [
            self.model.last(layer, name) for layer in dict.fromkeys((tenant_id, GLOBAL_TENANT))
        ]
        layers = sorted((last for last in lasts if last), key=lambda last: last.kind != "set")
        params = {"explain": "true"}
        answer = self.run(self.http(tenant_id).ask("GET", path_of(name), params=params))
        if not layers or layers[0].kind != "set":
            assert answer.status_code == 404
            return
        told = answer.json()
        assert told["value"] == shown(layers[0])
        assert [
            (each["layer"], each["version"], each["is_deleted"]) for each in told["layers"]
        ] == [(last.entry.layer, last.entry.version, last.kind != "set") for last in layers]

    @rule(tenant_id=TENANT, name=NAME, pick=_PICK)
    def read_a_history(self, tenant_id: str, name: str, pick: int) -> None:
        names = sorted({f.entry.name for f in self.model.facts if f.tenant_id == tenant_id})
        name = names[pick % len(names)] if names else name
        records = self.run(self.http(tenant_id).history(name))
        before: Any = None
        for record, fact in zip(records, self.model.history(tenant_id, name), strict=True):
            assert record["stream_version"] == fact.entry.version
            assert record["position"] == fact.entry.position
            assert record["created_at"] == format_instant(fact.entry.updated_at)
            data = record["data"]
            if fact.kind == "set":
                assert (data["value"], data["old_value"]) == (shown(fact), before)
            elif fact.kind == "delete":
                assert data["deleted_value"] == shown(fact)
            else:
                assert record["event_type"] == "ConfigSecretShredded"
            assert "sealed" not in data
            before = shown(fact)

    @rule(tenant_id=TENANT, pick=_PICK)
    def open_an_old_secret(self, tenant_id: str, pick: int) -> None:
        secrets = [f for f in self.model.facts if f.tenant_id == tenant_id and f.entry.is_secret]
        if not secrets:
            return
        fact = secrets[pick % len(secrets)]
        params = {"at": str(fact.entry.position)}
        path = path_of(fact.entry.name)
        answer = self.run(self.http(tenant_id).ask("GET", path, params=params, headers=JSON))
        if self.model.is_shredded(fact):
            assert (answer.status_code, answer.json()["error"]["code"]) == (410, "shredded")
        else:
            assert answer.json()["value"] == msgspec.json.decode(fact.plain)

    @rule(tenant_id=TENANT, data=st.data(), schema=st.sampled_from(SCHEMAS))
    def try_a_schema(self, tenant_id: str, data: st.DataObject, schema: bytes) -> None:
        target = choose_target(Drawing(data))
        trial = self.run(self.node.store.schemas.dry_run(ROOT, tenant_id, target, schema))
        bound = [
            fact
            for fact in self.model.facts
            if fact.kind == "set"
            and tenant_id in (GLOBAL_TENANT, fact.tenant_id)
            and target.covers(fact.entry.name)
        ]
        rejected = [
            fact
            for fact in bound
            if not self.model.is_shredded(fact)
            and not meets_all(fact.entry.name, fact.plain, {target: schema})
        ]
        assert (trial.checked, trial.count) == (len(bound), len(rejected))
        assert sorted((each.position, each.is_present) for each in trial.rejected) == [
            (fact.entry.position, fact == self.model.last(fact.tenant_id, fact.entry.name))
            for fact in rejected
        ]

    @rule(tenant_id=TENANT, name=NAME)
    def read_the_schemas_of_a_name(self, tenant_id: str, name: str) -> None:
        found = self.node.store.schemas.all_of(ROOT, tenant_id, name)
        expected = [
            ("global" if layer == GLOBAL_TENANT else "own", target, schema)
            for layer in dict.fromkeys((tenant_id, GLOBAL_TENANT))
            for target, schema in self.model.schemas.at(layer).items()
            if target.covers(name)
        ]
        assert sorted((layer, s.target, s.schema) for layer, s in found) == sorted(expected)
        own = self.model.schemas.at(tenant_id).get(SchemaTarget("name", name))
        answer = self.run(self.http(tenant_id).ask("GET", f"{path_of(name)}/schema"))
        assert (answer.status_code, answer.content if own else None) == (200 if own else 404, own)

    @rule(tenant_id=TENANT, pick=_PICK, prefix=PREFIX)
    def watch_from_a_position(self, tenant_id: str, pick: int, prefix: str) -> None:
        after = pick % (self.model.position + 1)
        frames = self.run(self._watch(tenant_id, after, prefix))
        expected = [
            fact
            for fact in self.model.facts
            if fact.tenant_id in (tenant_id, GLOBAL_TENANT)
            and fact.entry.position > after
            and fact.entry.name.startswith(prefix)
            and fact.kind != "shred"
        ]
        assert [(frame["id"], frame["event"]) for frame in frames] == [
            (str(fact.entry.position), fact.kind) for fact in expected
        ]
        for frame, fact in zip(frames, expected, strict=True):
            told = msgspec.json.decode(frame["data"])
            assert (told["name"], told["version"]) == (fact.entry.name, fact.entry.version)
            assert told["layer"] == fact.entry.layer
            assert told.get("value") == (shown(fact) if fact.kind == "set" else None)
            assert told.get("secret", False) == fact.entry.is_secret

    async def _watch(self, tenant_id: str, after: int, prefix: str) -> list[dict[str, str]]:
        """Return all frames behind a position, up to now."""
        feed, watches = self.node.app.config_feed, self.node.app.config_watches
        await eventually(lambda: feed.ring.last >= self.model.position)
        watcher = await watches.resume(ROOT, tenant_id, after=after, prefix=prefix)
        received = b""
        # From there on it would wait, also where the last events are for others.
        while not feed.is_served(watcher.cursor):
            received += await watcher.next() or b""
        watcher.close()
        frames = [frame.split("\n") for frame in received.decode().split("\n\n") if frame]
        return [dict(line.split(": ", 1) for line in frame) for frame in frames]

    def _travel(self, tenant_id: str, position: int, at: str, prefix: str) -> None:
        facts = self.model.tree(tenant_id, position=position, prefix=prefix)
        items = self.run(self.http(tenant_id).items(at=at, prefix=prefix))
        assert items == _items(facts)
        seen = {fact.entry.name: fact for fact in self.model.tree(tenant_id, position=position)}
        for name in {fact.entry.name for fact in self.model.facts[-3:]}:
            answer = self.run(self.http(tenant_id).ask("GET", path_of(name), params={"at": at}))
            self._assert_answers(answer, tenant_id, seen.get(name))

    def _assert_answers(self, answer: Any, tenant_id: str, fact: Fact | None) -> None:
        """Check that a GET by who may see everything has said what `fact` left."""
        if fact is None:
            assert answer.status_code == 404
            return
        if self.model.is_shredded(fact):
            assert answer.status_code == 410
            return
        assert answer.headers["etag"] == f'"{self.model.token(tenant_id, fact)}"'
        assert answer.headers["x-position"] == str(fact.entry.position)
        value = msgspec.json.decode(fact.plain)
        assert answer.content == (value.encode() if isinstance(value, str) else fact.plain)

    def _tree(
        self, tenant_id: str, position: int = 2**62, prefix: str = "", *, own_only: bool
    ) -> list[Fact]:
        if own_only:
            own = self.model.own(tenant_id, position=position, prefix=prefix)
            return [own[name] for name in sorted(own)]
        return self.model.tree(tenant_id, position=position, prefix=prefix)


def _items(facts: list[Fact]) -> list[dict[str, Any]]:
    return [{"name": fact.entry.name, "value": shown(fact)} for fact in facts]


def _is_same(model: ConfigModel, tenant_id: str, before: Fact | None, after: Fact | None) -> bool:
    if before is None or after is None:
        return before is after
    if before.entry.is_secret or after.entry.is_secret:
        return model.token(tenant_id, before) == model.token(tenant_id, after)
    return before.entry.value == after.entry.value


def _difference(
    model: ConfigModel, tenant_id: str, name: str, before: Fact | None, after: Fact | None
) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": name,
        "versions": {
            "before": model.token(tenant_id, before) if before else None,
            "after": model.token(tenant_id, after) if after else None,
        },
    }
    told |= {"before": shown(before)} if before else {}
    return told | ({"after": shown(after)} if after else {})
