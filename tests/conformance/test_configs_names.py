"""What can be the name of a setting, and what cannot."""

import pytest

from tests.support.nodes import ConfigClient, path_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

TEXT = "text/plain; charset=utf-8"
EMOJI = "🚀"


@pytest.mark.parametrize(
    "name",
    [
        "n",
        "n" * 512,
        EMOJI * 512,
        "key:with:colons",
        "ключ",
        " leading and trailing ",
        "per%cent?query#fragment&a=b;c",
        "{name}",
        "history",
        "at",
        "config-config-x",
        "..x",
        "a\u2028b",
        "x\U0010ffff",
        "Watch",
    ],
)
async def test_a_name_is_kept_character_for_character(configs: ConfigClient, name: str) -> None:
    assert (await configs.put(name, "v")).status_code == 200
    assert (await configs.get(name)).text == "v"
    assert await configs.tree() == {name: "v"}
    assert [record["data"]["config_name"] for record in await configs.history(name)] == [name]
    assert (await configs.delete(name)).status_code == 200


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize("name", ["n" * 513, "diff", "schema", "a\nb", "\x00", "\x7f", "\x85"])
async def test_what_cannot_be_a_name_is_a_400(
    configs: ConfigClient, method: str, name: str
) -> None:
    answer = await configs.ask(method, path_of(name), content=b'{"value":1}')
    assert (answer.status_code, answer.headers["content-type"]) == (400, TEXT)


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_the_name_of_the_watch_cannot_be_written(configs: ConfigClient, method: str) -> None:
    answer = await configs.ask(method, "/watch", content=b'{"value":1}')
    assert (answer.status_code, answer.headers["content-type"]) == (400, TEXT)


async def test_what_only_a_post_is_called_is_a_name_all_the_same(configs: ConfigClient) -> None:
    first = await configs.put("rollback", "v1")
    assert (await configs.put("rollback", "v2")).status_code == 200
    assert (await configs.get("rollback")).text == "v2"
    assert (
        await configs.ask("GET", "/rollback", params={"at": first.headers["x-position"]})
    ).text == "v1"
    assert len(await configs.history("rollback")) == 2
    answer = await configs.ask("POST", "/rollback/rollback", content=b'{"version":1}')
    assert answer.status_code == 200
    assert (await configs.get("rollback")).text == "v1"
    assert (await configs.delete("rollback")).status_code == 200


@pytest.mark.parametrize("path", ["/a%2Fb", "/a%2fb/history", "/%FF", "/%ED%A0%80", "/a%2F"])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_an_encoded_slash_or_no_utf8_is_a_400_and_never_another_route(
    configs: ConfigClient, method: str, path: str
) -> None:
    await configs.put("a", "v")
    answer = await configs.ask(method, path, content=b'{"value":"other"}')
    assert answer.status_code == 400
    assert await configs.tree() == {"a": "v"}
