"""The log lines that operators' procedures look for, word for word."""

import asyncio
import re
from typing import Any

import pytest

from tenantry.eventlog import AppendRequest, NewEvent, StreamAppend
from tests.conformance.spine import running_database, tamper
from tests.support.nodes import ConfigClient, Journal, Node
from tests.support.waiting import eventually

STARTED = [
    "[info] ConfigStateProjection starting...",
    "[info] Rebuilding ConfigStateProjection state from existing events...",
    "[info] Found {events} events to replay",
    "[info] State rebuild complete: {configs} configurations restored",
    "[info] ConfigStateProjection subscribed to EventStore events",
    "[info] ConfigStateProjection started",
    "[info] ConfigUpdateWorker starting...",
    "[info] ConfigUpdateWorker registered as :config_update_worker and ready to receive messages",
]
UNREADABLE = "[warning] Starting with empty state due to event read failure"


@pytest.fixture
def configs(node: Node) -> ConfigClient:
    """The default tenant's settings."""
    return node.configs()


async def test_a_start_tells_its_steps_in_order(node: Node, journal: Journal) -> None:
    assert node.app.is_ready
    assert _about_configs(journal) == _started(events=0, configs=0)


async def test_a_restart_tells_what_it_replays_and_restores(
    node: Node, configs: ConfigClient, journal: Journal
) -> None:
    for name, value in (("a", 1), ("a", 2), ("b", 1), ("c", 1)):
        await configs.put(name, value)
    await configs.delete("c")
    await _handled(node, 5)

    before = len(journal.lines)
    await node.restart(with_snapshot=False)
    assert _about_configs(journal, after=before) == _started(events=5, configs=2)

    before = len(journal.lines)
    await node.restart()
    assert _about_configs(journal, after=before) == _started(events=0, configs=2)


async def test_the_figures_of_a_rebuild_stand_beside_its_message(
    node: Node, configs: ConfigClient, journal: Journal
) -> None:
    await configs.put("a", 1)
    await node.restart(with_snapshot=False)
    line = [line for line in journal.lines if line["event"].startswith("State rebuild")][-1]
    assert line["duration_seconds"] > 0
    assert line["events_per_second"] > 0


async def test_a_put_tells_of_itself_and_of_the_change(
    node: Node, configs: ConfigClient, journal: Journal
) -> None:
    before = len(journal.lines)
    await configs.put("my_config", "my_value", x_request_id="req-7")
    await _handled(node, 1)

    created_at = (await configs.history("my_config"))[0]["created_at"]
    told = _about_configs(journal, after=before)
    updated = (
        f"[info] Config updated at {created_at}: name=my_config, old_value=nil, "
        "new_value=my_value [msg #1]"
    )
    # The worker may hear of it from PostgreSQL before its writer does.
    assert [line for line in told if line != updated] == [
        '[info] PUT /config/my_config - Setting value: "my_value"',
        '[info] PUT /config/my_config - Successfully stored value: "my_value"',
    ]
    assert updated in told
    puts = [line for line in journal.lines if line["event"].startswith("PUT ")]
    assert {line["correlation_id"] for line in puts} == {"req-7"}


async def test_updates_and_deletions_are_told_and_counted(
    node: Node, configs: ConfigClient, journal: Journal
) -> None:
    for value in ("one", {"two": 2}, None, ""):
        await configs.put("n", value)
    await configs.delete("n")
    await configs.put("n", "back")
    await _handled(node, 6)

    at = [record["created_at"] for record in await configs.history("n")]
    assert [line for line in _about_configs(journal) if "[info] Config " in line] == [
        f"[info] Config updated at {at[0]}: name=n, old_value=nil, new_value=one [msg #1]",
        f'[info] Config updated at {at[1]}: name=n, old_value=one, new_value={{"two":2}} [msg #2]',
        f'[info] Config updated at {at[2]}: name=n, old_value={{"two":2}}, new_value=null [msg #3]',
        f"[info] Config updated at {at[3]}: name=n, old_value=nil, new_value= [msg #4]",
        f"[info] Config deleted at {at[4]}: name=n, old_value= [msg #5]",
        f"[info] Config updated at {at[5]}: name=n, old_value=, new_value=back [msg #6]",
    ]


async def test_reading_leaves_no_line_in_the_log(
    node: Node, configs: ConfigClient, journal: Journal
) -> None:
    await configs.put("n", "v")
    await _handled(node, 1)
    before = len(journal.lines)
    await configs.get("n")
    await configs.items()
    (record,) = await configs.history("n")
    await configs.at("n", record["created_at"])
    # A busy machine may have made a read slow, which is a line of the database's own.
    assert [line for line in journal.lines[before:] if line["event"] != "Slow unit"] == []


@pytest.mark.parametrize(
    "headers, code",
    [
        ({"if_match": '"7"'}, "precondition_failed"),
        ({"idempotency_key": "used"}, "idempotency_key_reused"),
    ],
)
async def test_a_put_that_is_refused_says_why(
    configs: ConfigClient, journal: Journal, headers: dict[str, str], code: str
) -> None:
    await configs.put("other", "v", idempotency_key="used")
    await configs.put("n", "v", **headers)
    assert f"[info] PUT /config/n - Failed to store value: {code}" in journal.events()
    assert "PUT /config/n - Successfully" not in journal.text


async def test_a_put_that_cannot_be_stored_is_an_error(
    node: Node, configs: ConfigClient, journal: Journal
) -> None:
    await node.log.stop()
    answer = await configs.put("n", "v")
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) >= 1
    assert "[error] PUT /config/n - Failed to store value: log_closed" in journal.events()
    await node.log.start()


async def test_a_malformed_put_is_no_attempt_to_store(
    configs: ConfigClient, journal: Journal
) -> None:
    await configs.put_raw("n", b'{"value":')
    await configs.put("watch", 1)
    assert not [line for line in journal.events() if "Setting value" in line]


async def test_a_long_value_is_cut_in_the_log_only(
    configs: ConfigClient, journal: Journal, node: Node
) -> None:
    await configs.put("n", "🚀" * 5_000)
    await configs.put("n", "short")
    await _handled(node, 2)
    assert len(journal.text) < 60_000
    assert f"… ({4 * 5_000 + 2} bytes)" in journal.text
    assert (await configs.history("n"))[0]["data"]["value"] == "🚀" * 5_000


async def test_a_value_cannot_forge_a_line(
    configs: ConfigClient, journal: Journal, node: Node
) -> None:
    forged = "x\n[error] EventStore connection failure"
    await configs.put("n", forged)
    await _handled(node, 1)
    assert "[error] EventStore connection failure" not in journal.events()


async def test_the_worker_is_restarted_and_tells_so(node: Node, journal: Journal) -> None:
    before = len(journal.lines)
    assert (await node.http.post("/api/config/worker/restart")).status_code == 200
    assert _about_configs(journal, after=before) == STARTED[-2:]


async def test_a_test_message_shows_in_the_log(node: Node, journal: Journal) -> None:
    await node.http.post("/api/config/worker/test")
    (line,) = [line for line in journal.events() if "name=test" in line]
    assert re.fullmatch(
        r"\[info\] Config updated at \S+: name=test, old_value=old, new_value=new \[msg #1\]", line
    )


async def test_an_event_that_cannot_be_read_is_a_warning_of_the_worker(
    node: Node, configs: ConfigClient, journal: Journal
) -> None:
    await configs.put("n", "v")
    await _append_malformed(node)
    (line,) = await eventually(
        lambda: [line for line in journal.lines if "unexpected message" in line["event"]]
    )
    assert (line["level"], line["position"]) == ("warning", 2)
    assert node.worker.is_running


async def test_a_log_that_cannot_be_read_is_not_ready_and_never_an_empty_tree(
    node: Node, configs: ConfigClient, journal: Journal, database_url: str
) -> None:
    await configs.put("a", "v1")
    await configs.put("a", "v2")
    await node.stop()
    await node.forget_snapshots()
    async with running_database(database_url) as database:
        await tamper(database, "UPDATE events SET type = 'configs.next.v9' WHERE position = 2")

    before = len(journal.lines)
    node.renew()
    starting = asyncio.create_task(node.start())
    await eventually(lambda: UNREADABLE in journal.events(after=before))
    for method, path in (
        ("GET", ""),
        ("GET", "/a"),
        ("GET", "/b"),
        ("PUT", "/a"),
        ("DELETE", "/a"),
    ):
        answer = await node.http.request(method, f"/config{path}", content=b'{"value":1}')
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) >= 1
    assert not node.app.is_ready

    mend = "UPDATE events SET type = 'configs.value_set.v1' WHERE position = 2"
    await tamper(node.app.database, mend)
    await starting
    assert await node.configs().tree() == {"a": "v2"}
    assert _about_configs(journal, after=before)[-6:] == _started(events=2, configs=1)[2:]


async def test_a_subscription_that_breaks_is_told_and_mended(
    node: Node, configs: ConfigClient, journal: Journal
) -> None:
    await configs.put("a", "v1")
    await _handled(node, 1)
    before = len(journal.lines)
    await node.app.database.stop()
    await eventually(lambda: not node.runner.is_ready)
    assert (await configs.get("a")).status_code == 503

    await node.app.database.start()
    await eventually(lambda: node.app.is_ready)
    assert (await configs.get("a")).text == "v1"

    told = _about_configs(journal, after=before)
    # The worker and the feed follow the log too, and say so in lines of their own.
    error, *lines = [line for line in told if "Worker" not in line and "Feed" not in line]
    assert re.fullmatch(r"\[error\] Failed to subscribe to EventStore: [a-z_]+", error)
    assert lines[0] == "[warning] Starting without event subscription - real-time updates disabled"
    assert lines[-4:] == _started(events=0, configs=1)[1:5]


async def _append_malformed(node: Node) -> None:
    event = NewEvent("configs.value_set.v1", b"{}", b"{}")
    await node.log.append(AppendRequest("default", (StreamAppend("config-x", 0, (event,)),)))


async def _handled(node: Node, count: int) -> None:
    await eventually(lambda: node.worker.get_stats().message_count >= count)


def _about_configs(journal: Journal, *, after: int = 0) -> list[str]:
    """Return what was said about settings, but for the requests themselves."""
    return [
        f"[{line['level']}] {line['event']}"
        for line in journal.lines[after:]
        if line.get("logger", "tenantry.configs") == "tenantry.configs"
        and line["event"] != "HTTP request"
    ]


def _started(events: int, configs: int) -> list[str]:
    values: dict[str, Any] = {"events": events, "configs": configs}
    return [line.format(**values) if "{" in line else line for line in STARTED]
