"""History and time travel of one setting over HTTP."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.support.nodes import JSON, ConfigClient, Node

pytestmark = pytest.mark.asyncio(loop_scope="module")

INVALID_TIMESTAMP = "Invalid timestamp format. Use ISO8601 (e.g., 2024-01-15T10:30:00Z)"


async def test_the_history_of_an_unknown_name_is_empty(configs: ConfigClient) -> None:
    for prefixed in (configs, configs.under("/v1/config")):
        answer = await prefixed.ask("GET", "/nobody/history")
        assert (answer.status_code, answer.content) == (200, b"[]")
        assert answer.headers["content-type"] == "application/json"


async def test_the_history_is_everything_in_order(configs: ConfigClient) -> None:
    for value in ("v1", "v2", "v3"):
        await configs.put("name", value)
        await configs.put("another", value)

    records = await configs.history("name")
    assert [record["data"]["value"] for record in records] == ["v1", "v2", "v3"]
    assert [record["stream_version"] for record in records] == [1, 2, 3]
    assert _positions(records) == sorted(_positions(records))


async def test_the_history_survives_the_deletion(configs: ConfigClient) -> None:
    await configs.put("name", "v1")
    await configs.delete("name")

    records = await configs.history("name")
    assert [record["event_type"] for record in records] == ["ConfigValueSet", "ConfigValueDeleted"]
    assert records[1]["data"]["deleted_value"] == "v1"


async def test_a_record_has_all_that_its_readers_rely_on(
    configs: ConfigClient, module_node: Node
) -> None:
    stored = await configs.put("name", "v1", x_request_id="req-1")
    deleted = await configs.delete("name", x_request_id="req-2")

    first, second = await configs.history("name")
    assert first == {
        "event_type": "ConfigValueSet",
        "data": {
            "config_name": "name",
            "value": "v1",
            "old_value": None,
            "timestamp": first["data"]["timestamp"],
        },
        "metadata": {
            "aggregate_id": "name",
            "aggregate_type": "ConfigValue",
            "actor": "root",
            "correlation_id": "req-1",
            "causation_id": None,
            "source": "127.0.0.1",
        },
        "created_at": first["created_at"],
        "stream_version": 1,
        "position": int(stored.headers["x-position"]),
    }
    assert second["data"] == {
        "config_name": "name",
        "deleted_value": "v1",
        "timestamp": second["data"]["timestamp"],
    }
    assert second["metadata"]["correlation_id"] == "req-2"
    assert second["position"] == int(deleted.headers["x-position"])
    for record in (first, second):
        assert record["created_at"].endswith("Z")
        assert datetime.fromisoformat(record["data"]["timestamp"]) == module_node.clock.now()
        assert datetime.fromisoformat(record["created_at"]) >= module_node.clock.now()


async def test_each_record_tells_the_value_before_it(configs: ConfigClient) -> None:
    for value in ("v1", None, {"a": 1}, "v1"):
        await configs.put("name", value)
    records = await configs.history("name")
    assert [record["data"]["old_value"] for record in records] == [None, "v1", None, {"a": 1}]


async def test_a_set_after_a_deletion_carries_the_value_of_before(configs: ConfigClient) -> None:
    await configs.put("name", "old")
    await configs.delete("name")
    await configs.put("name", "new")

    record = (await configs.history("name"))[-1]
    assert (record["data"]["value"], record["data"]["old_value"]) == ("new", "old")
    assert record["stream_version"] == 3


async def test_a_refused_write_leaves_no_trace(configs: ConfigClient) -> None:
    await configs.put("name", "v1")
    await configs.put("name", "v2", if_match='"7"')
    await configs.put_raw("name", b"{}")
    await configs.delete("name", if_match='"7"')
    assert len(await configs.history("name")) == 1


async def test_the_value_of_a_moment_is_the_last_one_set_up_to_then(
    configs: ConfigClient, module_node: Node
) -> None:
    await configs.put("name", "morning")
    module_node.clock.advance(3600)
    await configs.put("name", "noon")
    await configs.put("name", "just after noon")
    morning, noon, later = [record["created_at"] for record in await configs.history("name")]

    assert (await configs.at("name", _shifted(morning, hours=-1))).status_code == 404
    assert (await configs.at("name", _shifted(morning, microseconds=-1))).text == "Not Found"
    assert (await configs.at("name", morning)).text == "morning"
    assert (await configs.at("name", _shifted(morning, minutes=30))).text == "morning"
    assert (await configs.at("name", _shifted(noon, microseconds=-1))).text == "morning"
    assert (await configs.at("name", noon)).text == "noon"
    assert (await configs.at("name", later)).text == "just after noon"
    assert (await configs.at("name", _shifted(later, days=900))).text == "just after noon"


async def test_a_value_is_there_from_its_setting_to_its_deletion(
    configs: ConfigClient, module_node: Node
) -> None:
    await configs.put("name", "first")
    module_node.clock.advance(60)
    await configs.delete("name")
    module_node.clock.advance(60)
    await configs.put("name", "second")
    set_at, deleted_at, again_at = [r["created_at"] for r in await configs.history("name")]

    assert (await configs.at("name", set_at)).text == "first"
    assert (await configs.at("name", _shifted(deleted_at, microseconds=-1))).text == "first"
    assert (await configs.at("name", deleted_at)).status_code == 404
    assert (await configs.at("name", _shifted(again_at, microseconds=-1))).status_code == 404
    assert (await configs.at("name", again_at)).text == "second"


async def test_time_travel_goes_by_created_at_not_by_the_timestamp_in_the_event(
    configs: ConfigClient,
) -> None:
    await configs.put("name", "one")
    await configs.put("name", "two")
    # The clock stands still; the log tells the two apart all the same.
    first, second = await configs.history("name")
    assert first["data"]["timestamp"] == second["data"]["timestamp"]
    assert first["created_at"] < second["created_at"]
    assert (await configs.at("name", first["created_at"])).text == "one"


async def test_the_past_has_the_forms_of_the_present(configs: ConfigClient) -> None:
    await configs.put("name", [1, 2])
    await configs.put("name", "now")
    (first, _) = await configs.history("name")
    path = f"/name/at/{first['created_at']}"

    for prefixed in (configs, configs.under("/v1/config")):
        raw = await prefixed.ask("GET", path)
        assert (raw.content, raw.headers["content-type"]) == (b"[1,2]", "application/json")
        assert (raw.headers["etag"], raw.headers["x-position"]) == ('"1"', str(first["position"]))

        form = (await prefixed.ask("GET", path, headers=JSON)).json()
        assert (form["value"], form["version"]) == ([1, 2], 1)
        assert form["updated_at"] == first["created_at"]


async def test_at_as_a_query_takes_a_position_or_an_instant(configs: ConfigClient) -> None:
    await configs.put("name", "v1")
    await configs.put("name", "v2")
    first, second = await configs.history("name")

    for at, text in (
        (first["position"], "v1"),
        (first["created_at"], "v1"),
        (second["position"], "v2"),
        (second["created_at"], "v2"),
    ):
        answer = await configs.ask("GET", "/name", params={"at": str(at)})
        assert (answer.status_code, answer.text) == (200, text)
    before = await configs.ask("GET", "/name", params={"at": str(first["position"] - 1)})
    assert before.status_code == 404
    headers = {"If-None-Match": '"1"'}
    unchanged = await configs.ask("GET", f"/name?at={first['position']}", headers=headers)
    assert unchanged.status_code == 304


@pytest.mark.parametrize(
    "timestamp",
    [
        "invalid",
        "2024-01-15",
        "2024-01-15T10:30:00",
        "10:30:00Z",
        "2024-02-30T10:30:00Z",
        "2024-01-15T25:30:00Z",
        "1705314600",
        "2024-01-15T10:30:00.1234567Z",
        "0000-01-15T10:30:00Z",
        "9999-12-31T23:59:59-23:59",
        "\uff12\uff10\uff12\uff14-01-15T10:30:00Z",
    ],
)
@pytest.mark.parametrize("name", ["there", "nobody"])
async def test_what_is_no_instant_is_told_before_the_name_is_looked_for(
    configs: ConfigClient, name: str, timestamp: str
) -> None:
    await configs.put("there", "v")
    answer = await configs.at(name, timestamp)
    assert (answer.status_code, answer.text) == (400, INVALID_TIMESTAMP)


@pytest.mark.parametrize(
    "timestamp",
    [
        "2999-01-15T10:30:00Z",
        "2999-01-15T10:30:00+05:30",
        "2999-01-15t10:30:00.123456z",
        "2999-01-15 10:30:00Z",
    ],
)
async def test_every_iso_8601_instant_with_an_offset_is_understood(
    configs: ConfigClient, timestamp: str
) -> None:
    await configs.put("name", "v")
    assert (await configs.at("name", timestamp)).text == "v"


async def test_the_past_of_an_unknown_name_is_not_found(configs: ConfigClient) -> None:
    answer = await configs.at("nobody", "2999-01-15T10:30:00Z")
    assert (answer.status_code, answer.text) == (404, "Not Found")


async def test_history_and_past_of_what_cannot_be_a_name_are_400s(configs: ConfigClient) -> None:
    for path in ("/watch/history", "/diff/at/2999-01-15T10:30:00Z", "/%0A/history"):
        assert (await configs.ask("GET", path)).status_code == 400


def _positions(records: list[dict[str, Any]]) -> list[int]:
    return [record["position"] for record in records]


def _shifted(instant: str, **delta: int) -> str:
    return (datetime.fromisoformat(instant) + timedelta(**delta)).isoformat()
