"""Storing, reading and deleting one setting over HTTP, under both prefixes."""

from typing import Any

import pytest

from tests.support.nodes import JSON, ConfigClient, Journal, Node

pytestmark = pytest.mark.asyncio(loop_scope="module")

MILLION = 1_000_000
TEXT = "text/plain; charset=utf-8"
FORM = "application/x-www-form-urlencoded"
EMOJI = "🚀"


@pytest.fixture(params=["/config", "/v1/config"])
def prefixed(request: pytest.FixtureRequest, configs: ConfigClient) -> ConfigClient:
    """The settings, under each of the two prefixes."""
    return configs.under(request.param)


async def test_a_stored_value_is_read_back_as_its_exact_text(prefixed: ConfigClient) -> None:
    answer = await prefixed.put("database_url", "postgres://localhost")
    assert (answer.status_code, answer.text) == (200, "OK")

    found = await prefixed.get("database_url")
    assert (found.status_code, found.text) == (200, "postgres://localhost")


async def test_an_update_replaces_the_value(prefixed: ConfigClient) -> None:
    await prefixed.put("name", "v1")
    assert (await prefixed.put("name", "v2")).text == "OK"
    assert (await prefixed.get("name")).text == "v2"


async def test_the_same_value_again_is_a_new_version(prefixed: ConfigClient) -> None:
    for version in (1, 2, 3):
        answer = await prefixed.put("name", "same")
        assert (answer.status_code, answer.headers["etag"]) == (200, f'"{version}"')


async def test_an_unknown_name_is_not_found(prefixed: ConfigClient) -> None:
    answer = await prefixed.get("nobody")
    assert (answer.status_code, answer.text) == (404, "Not Found")


async def test_a_deleted_value_is_not_found(prefixed: ConfigClient) -> None:
    await prefixed.put("name", "v")
    answer = await prefixed.delete("name")
    assert (answer.status_code, answer.text) == (200, "OK")
    assert (await prefixed.get("name")).status_code == 404


async def test_deleting_what_never_was_is_not_found(prefixed: ConfigClient) -> None:
    answer = await prefixed.delete("nobody")
    assert (answer.status_code, answer.text) == (404, "Not Found")


async def test_deleting_twice_is_gone(prefixed: ConfigClient) -> None:
    await prefixed.put("name", "v")
    await prefixed.delete("name")
    for _ in range(2):
        answer = await prefixed.delete("name")
        assert (answer.status_code, answer.text) == (410, "Gone")


async def test_a_deleted_name_can_be_set_again(prefixed: ConfigClient) -> None:
    await prefixed.put("name", "old")
    await prefixed.delete("name")
    answer = await prefixed.put("name", "resurrected")
    assert (answer.status_code, answer.text, answer.headers["etag"]) == (200, "OK", '"3"')
    assert (await prefixed.get("name")).text == "resurrected"


async def test_both_prefixes_are_the_same_settings(configs: ConfigClient) -> None:
    await configs.put("name", "v")
    versioned = configs.under("/v1/config")
    assert (await versioned.get("name")).text == "v"
    await versioned.delete("name")
    assert (await configs.get("name")).status_code == 404


@pytest.mark.parametrize(
    "value", ["", " ", "你好世界 🚀", "two\nlines", 'quote " and \\', "\x00\x1f\x7f", "v" * 10_000]
)
async def test_a_string_is_answered_as_text_character_for_character(
    configs: ConfigClient, value: str
) -> None:
    assert (await configs.put("name", value)).text == "OK"
    found = await configs.get("name")
    assert (found.content.decode(), found.headers["content-type"]) == (value, TEXT)


@pytest.mark.parametrize(
    "value",
    [
        b"null",
        b"true",
        b"false",
        b"0",
        b"-0",
        b"1.50",
        b"123456789012345678901234567890",
        b"1.0000000000000000000000000001",
        b"-1e-7",
        b"[]",
        b'[1, [2, {"three": null}]]',
        b'{ "spaced" : true }',
        b'{"a":1,"a":2}',
    ],
)
async def test_any_other_json_is_answered_byte_for_byte(
    configs: ConfigClient, value: bytes
) -> None:
    assert (await configs.put_raw("name", b'{"value": ' + value + b" }")).text == "OK"
    found = await configs.get("name")
    assert (found.content, found.headers["content-type"]) == (value, "application/json")


async def test_the_json_form_tells_all_about_a_value(
    configs: ConfigClient, module_node: Node
) -> None:
    stored = await configs.put("name", {"a": [1, "é"]}, **JSON)
    assert stored.headers["content-type"] == "application/json"

    found = await configs.show("name")
    (record,) = await configs.history("name")
    assert found == {
        "name": "name",
        "value": {"a": [1, "é"]},
        "version": 1,
        "position": module_node.runner.position,
        "updated_at": record["created_at"],
        "layer": "own",
    }
    assert stored.json() == found


async def test_etag_position_and_vary_are_on_every_form(configs: ConfigClient) -> None:
    await configs.put("name", "v1")
    stored = await configs.put("name", "v2")
    position = stored.headers["x-position"]
    assert int(position) > 0

    for answer in (stored, await configs.get("name"), await configs.get("name", **JSON)):
        assert answer.headers["etag"] == '"2"'
        assert answer.headers["x-position"] == position
        assert answer.headers["vary"] == "accept"


async def test_a_deletion_tells_its_position(configs: ConfigClient) -> None:
    await configs.put("name", "v")
    answer = await configs.delete("name")
    assert answer.headers["x-position"] == str((await configs.history("name"))[-1]["position"])


@pytest.mark.parametrize("accept", ["*/*", "text/*", "text/plain", "image/png", ""])
async def test_whoever_does_not_name_json_gets_the_raw_value(
    configs: ConfigClient, accept: str
) -> None:
    await configs.put("name", [1])
    found = await configs.get("name", accept=accept)
    assert found.content == b"[1]"


async def test_a_form_stores_a_string(configs: ConfigClient) -> None:
    body = b"value=a+b%20%C3%A9%26"
    assert (await configs.put_raw("name", body, content_type=FORM)).text == "OK"
    assert (await configs.get("name")).text == "a b é&"

    charset = "Application/X-WWW-Form-URLencoded; charset=UTF-8"
    assert (await configs.put_raw("name", b"value=", content_type=charset)).text == "OK"
    assert (await configs.get("name")).text == ""


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"x=1",
        b"value=a&value=b",
        b"value=%FF",
        b"value=\xff",
        b'{"value":"json"}',
        b"&".join(b"x=1" for _ in range(11)),
    ],
)
async def test_a_form_without_one_value_is_refused(configs: ConfigClient, body: bytes) -> None:
    answer = await configs.put_raw("name", body, content_type=FORM)
    assert answer.status_code == 400
    assert (await configs.get("name")).status_code == 404


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "application/x-yaml"])
async def test_a_body_that_is_no_form_is_json_whatever_it_says(
    configs: ConfigClient, content_type: str
) -> None:
    answer = await configs.put_raw("name", b'{"value":1}', content_type=content_type)
    assert answer.status_code == 200


async def test_of_a_value_given_twice_the_last_counts(configs: ConfigClient) -> None:
    assert (await configs.put_raw("name", b'{"value":1,"value":2}')).status_code == 200
    assert (await configs.get("name")).text == "2"


BAD_BODIES = {
    "nothing": b"",
    "no object": b"[]",
    "a bare string": b'"value"',
    "null": b"null",
    "no value": b"{}",
    "an unknown field": b'{"value":1,"vlaue":2}',
    "a secret that is no flag": b'{"value":1,"secret":"yes"}',
    "half an object": b'{"value":',
    "something behind it": b'{"value":1} x',
    "a byte order mark": b'\xef\xbb\xbf{"value":1}',
    "no UTF-8": b'{"value":"\xff"}',
    "an overlong encoding": b'{"value":"\xc0\x80"}',
    "a raw control character": b'{"value":"a\x01"}',
    "a lone surrogate": b'{"value":"\\ud800"}',
    "a lone surrogate, raw": b'{"value":"\xed\xa0\x80"}',
    "a lone surrogate in a key": b'{"value":{"\\ud800":1}}',
    "NaN": b'{"value":NaN}',
    "Infinity": b'{"value":-Infinity}',
    "a number beyond a double": b'{"value":1e999}',
    "a nested number beyond a double": b'{"value":[{"a":-1e400}]}',
    "a leading zero": b'{"value":01}',
    "single quotes": b"{'value':1}",
    "201 levels": b'{"value":' + b"[" * 200 + b"]" * 200 + b"}",
    "a million levels": b'{"value":' + b"[" * MILLION,
}


@pytest.mark.parametrize("body", BAD_BODIES.values(), ids=BAD_BODIES)
async def test_a_malformed_body_is_a_400_and_stores_nothing(
    configs: ConfigClient, body: bytes
) -> None:
    answer = await configs.put_raw("name", body)
    assert (answer.status_code, answer.headers["content-type"]) == (400, TEXT)
    assert await configs.history("name") == []


async def test_two_hundred_levels_are_kept(configs: ConfigClient) -> None:
    # The object of the body is the first of them.
    value = b"[" * 199 + b"]" * 199
    assert (await configs.put_raw("name", b'{"value":' + value + b"}")).status_code == 200
    assert (await configs.get("name")).content == value
    assert (await configs.items())[0]["name"] == "name"


@pytest.mark.parametrize(
    "body, is_kept",
    [
        (b'"' + b"v" * MILLION + b'"', True),
        (b'"' + b"v" * (MILLION + 1) + b'"', False),
        (b'"' + EMOJI.encode() * MILLION + b'"', True),
        (b'"' + EMOJI.encode() * (MILLION + 1) + b'"', False),
        (b'"' + b"\\ud83d\\ude80" * MILLION + b'"', True),
        (b'"' + b"\\ud83d\\ude80" * (MILLION + 1) + b'"', False),
        (b"[" + b"1" * 300 + b" " * (MILLION - 302) + b"]", True),
        (b"[" + b"1" * 300 + b" " * (MILLION - 301) + b"]", False),
        (b'["' + "é".encode() * (MILLION - 4) + b'"]', True),
    ],
    ids=[
        "ASCII",
        "ASCII and one",
        "emoji",
        "emoji and one",
        "escaped emoji",
        "escaped emoji and one",
        "JSON",
        "JSON and one",
        "JSON of two-byte characters",
    ],
)
async def test_a_million_characters_are_kept_and_one_more_is_refused(
    configs: ConfigClient, body: bytes, *, is_kept: bool
) -> None:
    answer = await configs.put_raw("name", b'{"value":' + body + b"}")
    found = await configs.get("name")
    if is_kept:
        assert answer.status_code == 200
        assert len(found.text) == MILLION
        return
    assert answer.status_code == 413
    assert "at most 1000000 characters" in answer.text
    assert found.status_code == 404


async def test_a_body_beyond_every_value_is_refused(configs: ConfigClient) -> None:
    answer = await configs.put_raw("name", b" " * (17 * MILLION))
    assert answer.status_code == 413
    assert (await configs.get("name")).status_code == 404


@pytest.mark.parametrize(
    "body, content_type",
    [
        (b'{"value":"hunter2-hunter2","secret":true}', "application/json"),
        (b'{"secret":true,"value":"hunter2-hunter2"}', "application/json"),
        (b"value=hunter2-hunter2&secret=true", FORM),
    ],
)
async def test_a_secret_is_stored_and_in_no_log(
    configs: ConfigClient, module_journal: Journal, body: bytes, content_type: str
) -> None:
    answer = await configs.put_raw("name", body, content_type=content_type)
    assert (answer.status_code, answer.text) == (200, "OK")
    assert (await configs.get("name")).text == "hunter2-hunter2"
    history = await configs.history("name")
    assert history[0]["data"]["value"] == "[secret]"
    assert "hunter2" not in str(history) + module_journal.text


async def test_who_says_that_it_is_no_secret_is_served(configs: ConfigClient) -> None:
    assert (await configs.put_raw("name", b'{"value":1,"secret":false}')).status_code == 200


async def test_every_refusal_is_a_4xx_that_names_what_is_wrong(configs: ConfigClient) -> None:
    refusals: list[tuple[dict[str, Any], str]] = [
        ({"content": b"{}"}, "value"),
        ({"content": b"{}", "headers": {"If-Match": "3"}}, "value"),
        ({"content": b'{"value":1}', "headers": {"If-Match": "3"}}, "If-Match"),
        ({"content": b'{"value":1}', "headers": {"If-None-Match": '"3"'}}, "If-None-Match"),
        ({"content": b'{"value":1}', "headers": {"Idempotency-Key": "a b"}}, "Idempotency-Key"),
        ({"content": b'{"value":1}', "headers": {"X-Tenant-ID": "A"}}, "X-Tenant-ID"),
    ]
    for options, word in refusals:
        answer = await configs.ask("PUT", "/name", **options)
        assert answer.status_code == 400
        assert word in answer.text
