"""Conditional requests, idempotency keys and awaited positions over HTTP."""

import asyncio

import pytest

from tests.support.nodes import JSON, ConfigClient, Node

pytestmark = pytest.mark.asyncio(loop_scope="module")

DAY_SECONDS = 24 * 3600


@pytest.mark.parametrize("tag", ['"2"', 'W/"2"', '"1", "2"', "*", ' "9","2"'])
async def test_a_reader_who_has_this_version_is_told_so_without_a_body(
    configs: ConfigClient, tag: str
) -> None:
    await configs.put("name", "v1")
    stored = await configs.put("name", "v2")

    answer = await configs.get("name", if_none_match=tag)
    assert (answer.status_code, answer.content) == (304, b"")
    for header in ("etag", "x-position", "vary"):
        assert answer.headers[header] == stored.headers[header]
    assert "content-length" not in answer.headers


@pytest.mark.parametrize("tag", ['"1"', '"02"', '"global:2"', "2", '"12"'])
async def test_a_reader_who_has_another_version_gets_the_value(
    configs: ConfigClient, tag: str
) -> None:
    await configs.put("name", "v1")
    await configs.put("name", "v2")
    assert (await configs.get("name", if_none_match=tag)).text == "v2"


async def test_a_write_to_the_version_that_was_read_happens(configs: ConfigClient) -> None:
    await configs.put("name", "v1")
    read = (await configs.get("name")).headers["etag"]

    answer = await configs.put("name", "v2", if_match=read)
    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    assert (await configs.delete("name", if_match='"1", "2"')).status_code == 200


@pytest.mark.parametrize(
    "tag", ['"1"', '"3"', '"02"', 'W/"2"', '"global:2"', '"²"', f'"{"9" * 500}"']
)
async def test_a_write_to_another_version_is_refused_with_the_present_one(
    configs: ConfigClient, tag: str
) -> None:
    await configs.put("name", "v1")
    await configs.put("name", "v2")

    for method in ("PUT", "DELETE"):
        headers = {"If-Match": tag.encode("latin-1"), b"Accept": b"application/json"}
        answer = await configs.ask(method, "/name", content=b'{"value":"v3"}', headers=headers)
        assert answer.status_code == 412
        assert answer.json()["error"]["details"] == {"name": "name", "version": 2}

    plain = await configs.put("name", "v3", if_match='"1"')
    assert plain.text == "name is at version 2"
    assert await configs.tree() == {"name": "v2"}


@pytest.mark.parametrize("is_deleted", [False, True], ids=["never there", "deleted"])
async def test_what_is_not_there_matches_no_version(
    configs: ConfigClient, *, is_deleted: bool
) -> None:
    if is_deleted:
        await configs.put("name", "v")
        await configs.delete("name")

    for tag in ('"1"', '"2"', '"0"', "*"):
        for answer in (
            await configs.put("name", "v", if_match=tag, **JSON),
            await configs.delete("name", if_match=tag, **JSON),
        ):
            assert answer.status_code == 412
            assert answer.json()["error"]["details"]["version"] == 0


async def test_a_star_matches_whatever_is_there(configs: ConfigClient) -> None:
    await configs.put("name", "v1")
    assert (await configs.put("name", "v2", if_match="*")).status_code == 200
    assert (await configs.delete("name", if_match="*")).status_code == 200


async def test_create_only_creates(configs: ConfigClient) -> None:
    assert (await configs.put("name", "v1", if_none_match="*")).status_code == 200
    refused = await configs.put("name", "v2", if_none_match="*")
    assert (refused.status_code, refused.text) == (412, "name is at version 1")
    assert (await configs.get("name")).text == "v1"


async def test_create_only_creates_what_was_deleted(configs: ConfigClient) -> None:
    await configs.put("name", "v1")
    await configs.delete("name")
    answer = await configs.put("name", "v2", if_none_match="*")
    assert (answer.status_code, answer.headers["etag"]) == (200, '"3"')


async def test_two_conditions_must_both_hold(configs: ConfigClient) -> None:
    await configs.put("name", "v1")
    answer = await configs.put("name", "v2", if_match='"1"', if_none_match="*")
    assert answer.status_code == 412


@pytest.mark.parametrize(
    "header, value",
    [
        ("if_match", "1"),
        ("if_match", ""),
        ("if_match", '"1'),
        ("if_none_match", '"1"'),
        ("if_none_match", ""),
        ("idempotency_key", ""),
        ("idempotency_key", "two words"),
        ("idempotency_key", "k" * 256),
    ],
)
async def test_a_malformed_condition_or_key_is_a_400(
    configs: ConfigClient, header: str, value: str
) -> None:
    await configs.put("name", "v1")
    assert (await configs.put("name", "v2", **{header: value})).status_code == 400
    assert (await configs.delete("name", **{header: value})).status_code == 400
    assert await configs.tree() == {"name": "v1"}


async def test_a_deletion_only_if_nothing_is_there_is_refused(configs: ConfigClient) -> None:
    assert (await configs.delete("name", if_none_match="*")).status_code == 400


async def test_a_retried_put_returns_the_first_result(configs: ConfigClient) -> None:
    first = await configs.put("name", "v1", idempotency_key="k", **JSON)
    await configs.put("name", "v2")

    again = await configs.put("name", "v1", idempotency_key="k", **JSON)
    assert (again.status_code, again.json()) == (200, first.json())
    assert again.headers["etag"] == first.headers["etag"] == '"1"'
    assert (await configs.get("name")).text == "v2"
    assert len(await configs.history("name")) == 2


@pytest.mark.parametrize("condition", [{"if_none_match": "*"}, {"if_match": '"1"'}])
async def test_a_retried_conditional_put_returns_the_first_result(
    configs: ConfigClient, condition: dict[str, str]
) -> None:
    if "if_match" in condition:
        await configs.put("name", "v0")
    first = await configs.put("name", "v", idempotency_key="k", **condition)
    assert first.status_code == 200

    again = await configs.put("name", "v", idempotency_key="k", **condition)
    assert (again.status_code, again.text) == (200, "OK")
    assert again.headers["x-position"] == first.headers["x-position"]


async def test_a_retried_delete_returns_the_first_result(configs: ConfigClient) -> None:
    await configs.put("name", "v")
    first = await configs.delete("name", idempotency_key="k", if_match='"1"')
    again = await configs.delete("name", idempotency_key="k", if_match='"1"')
    assert (first.status_code, again.status_code, again.text) == (200, 200, "OK")
    assert again.headers["x-position"] == first.headers["x-position"]

    await configs.put("name", "back")
    assert (await configs.delete("name", idempotency_key="k", if_match='"1"')).status_code == 200
    assert (await configs.get("name")).text == "back"


async def test_a_key_of_another_request_is_refused(configs: ConfigClient) -> None:
    await configs.put("name", "v1", idempotency_key="k")

    for answer in (
        await configs.put("name", "v2", idempotency_key="k"),
        await configs.put("other", "v1", idempotency_key="k"),
        await configs.put("name", "v1", idempotency_key="k", if_match='"1"'),
        await configs.delete("name", idempotency_key="k"),
    ):
        assert answer.status_code == 422
        assert "belongs to another request" in answer.text
    assert await configs.tree() == {"name": "v1"}


async def test_a_refused_request_does_not_use_up_its_key(configs: ConfigClient) -> None:
    assert (await configs.put("name", "v", idempotency_key="k", if_match="*")).status_code == 412
    assert (await configs.delete("name", idempotency_key="d")).status_code == 404
    await configs.put("name", "there")
    assert (await configs.put("name", "v", idempotency_key="k", if_match="*")).status_code == 200
    assert (await configs.delete("name", idempotency_key="d")).status_code == 200


async def test_a_key_belongs_to_its_tenant(configs: ConfigClient, module_node: Node) -> None:
    other = module_node.configs(f"{configs.tenant_id}-other")
    await configs.put("name", "ours", idempotency_key="k")
    assert (await other.put("name", "theirs", idempotency_key="k")).status_code == 200
    assert (await other.get("name")).text == "theirs"


async def test_a_key_is_forgotten_after_its_time(configs: ConfigClient, module_node: Node) -> None:
    await configs.put("name", "v1", idempotency_key="k")
    module_node.clock.advance(DAY_SECONDS - 1)
    assert (await configs.put("name", "v2", idempotency_key="k")).status_code == 422
    module_node.clock.advance(1)
    assert (await configs.put("name", "v2", idempotency_key="k")).status_code == 200


@pytest.mark.parametrize("condition", [{}, {"if_none_match": "*"}])
async def test_concurrent_retries_make_one_event(
    configs: ConfigClient, condition: dict[str, str]
) -> None:
    answers = await asyncio.gather(
        *(configs.put("name", "v", idempotency_key="k", **condition) for _ in range(10))
    )
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.headers["x-position"] for answer in answers}) == 1
    assert len(await configs.history("name")) == 1


async def test_concurrent_retries_of_a_delete_make_one_event(configs: ConfigClient) -> None:
    await configs.put("name", "v")
    answers = await asyncio.gather(
        *(configs.delete("name", idempotency_key="k") for _ in range(10))
    )
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.headers["x-position"] for answer in answers}) == 1
    assert len(await configs.history("name")) == 2


async def test_one_key_for_concurrent_different_requests_serves_one_of_them(
    configs: ConfigClient,
) -> None:
    answers = await asyncio.gather(
        *(configs.put("name", n, idempotency_key="k") for n in range(10))
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [422] * 9
    assert len(await configs.history("name")) == 1


async def test_a_position_that_is_reached_is_not_waited_for(configs: ConfigClient) -> None:
    position = (await configs.put("name", "v")).headers["x-position"]
    assert (await configs.get("name", x_position=position)).text == "v"
    answer = await configs.ask("GET", headers={"X-Position": position})
    assert answer.json() == [{"name": "name", "value": "v"}]


async def test_a_position_that_is_not_reached_yet_is_waited_for(
    configs: ConfigClient, module_node: Node
) -> None:
    await configs.put("name", "v1")
    position = str(module_node.runner.position + 1)
    reading = asyncio.create_task(configs.get("name", x_position=position))
    listing = asyncio.create_task(configs.ask("GET", headers={"X-Position": position}))
    await asyncio.sleep(0)

    await configs.put("name", "v2")
    assert (await reading).text == "v2"
    assert (await listing).json() == [{"name": "name", "value": "v2"}]


@pytest.mark.parametrize("position", ["-1", "x", "", "1.0", "9" * 19])
async def test_a_malformed_position_is_a_400(configs: ConfigClient, position: str) -> None:
    await configs.put("name", "v")
    assert (await configs.get("name", x_position=position)).status_code == 400
    for query in ("", "?at=0"):
        listing = await configs.ask("GET", query, headers={"X-Position": position})
        assert listing.status_code == 400
