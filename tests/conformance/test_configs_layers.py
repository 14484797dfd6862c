"""Tenants' layers over `global`: what is inherited, what shadows it, and who did that when."""

import pytest

from tests.support.nodes import JSON, ConfigClient, Node


@pytest.fixture
def beneath(node: Node) -> ConfigClient:
    """The settings of the layer beneath all tenants."""
    return node.configs("global")


@pytest.fixture
def acme(node: Node) -> ConfigClient:
    return node.configs("acme")


async def test_what_a_tenant_has_not_it_inherits(
    beneath: ConfigClient, acme: ConfigClient, node: Node
) -> None:
    await beneath.put("theme", "light")
    await beneath.put("limit", 10)
    await acme.put("limit", 20)

    assert (await acme.get("theme")).text == "light"
    assert (await acme.get("limit")).json() == 20
    assert await acme.tree() == {"limit": 20, "theme": "light"}
    assert await node.configs("globex").tree() == {"limit": 10, "theme": "light"}
    assert await acme.tree(layer="own") == {"limit": 20}
    assert (await acme.ask("GET", "/theme", params={"layer": "own"})).status_code == 404


async def test_the_token_and_the_json_form_say_which_layer_answered(
    beneath: ConfigClient, acme: ConfigClient
) -> None:
    await beneath.put("name", "v1")
    await beneath.put("name", "v2")
    inherited = await acme.get("name", **JSON)
    assert (inherited.headers["etag"], inherited.json()["layer"]) == ('"global:2"', "global")
    assert inherited.json()["version"] == 2
    assert (await acme.get("name", if_none_match='"global:2"')).status_code == 304
    assert (await acme.get("name", if_none_match='"2"')).status_code == 200

    await acme.put("name", "mine")
    own = await acme.get("name", **JSON)
    assert (own.headers["etag"], own.json()["layer"]) == ('"1"', "own")
    assert (await beneath.get("name")).headers["etag"] == '"2"'


async def test_a_deleted_override_shows_what_lies_beneath_again(
    beneath: ConfigClient, acme: ConfigClient
) -> None:
    await beneath.put("name", "beneath")
    await acme.put("name", "mine")
    assert (await acme.delete("name")).status_code == 200
    assert (await acme.get("name")).text == "beneath"
    assert (await acme.delete("name")).status_code == 410
    await beneath.delete("name")
    assert (await acme.get("name")).status_code == 404


async def test_what_is_only_inherited_cannot_be_deleted_and_has_no_history(
    beneath: ConfigClient, acme: ConfigClient
) -> None:
    await beneath.put("name", "beneath")
    assert (await acme.delete("name")).status_code == 404
    assert await acme.history("name") == []
    answer = await acme.ask("POST", "/name/rollback", content=b'{"version":1}')
    assert answer.status_code == 404
    assert (await beneath.get("name")).text == "beneath"


async def test_an_override_can_rest_on_the_inherited_version(
    beneath: ConfigClient, acme: ConfigClient
) -> None:
    await beneath.put("name", "v1")
    assert (await acme.put("name", "mine", if_match='"global:2"')).status_code == 412
    refused = await acme.put("name", "mine", if_match='"1"', **JSON)
    assert refused.status_code == 412
    assert refused.json()["error"]["details"] == {"name": "name", "version": "global:1"}
    assert (await acme.put("name", "mine", if_match='"global:1"')).status_code == 200
    # There is one now, whatever lies beneath.
    assert (await acme.put("name", "again", if_match='"global:1"')).status_code == 412
    assert (await acme.put("name", "again", if_match='"global:1", "1"')).status_code == 200


async def test_to_create_only_concerns_the_own_layer(
    beneath: ConfigClient, acme: ConfigClient
) -> None:
    await beneath.put("name", "beneath")
    assert (await acme.put("name", "mine", if_none_match="*")).status_code == 200
    assert (await acme.put("name", "mine", if_none_match="*")).status_code == 412


async def test_the_past_resolves_both_layers(beneath: ConfigClient, acme: ConfigClient) -> None:
    first = (await beneath.put("name", "beneath")).headers["x-position"]
    second = (await acme.put("name", "mine")).headers["x-position"]
    third = (await acme.delete("name")).headers["x-position"]
    fourth = (await beneath.delete("name")).headers["x-position"]

    async def at(position: str) -> tuple[int, str]:
        answer = await acme.ask("GET", "/name", params={"at": position})
        return answer.status_code, answer.headers.get("etag", "")

    assert [await at(position) for position in (first, second, third, fourth)] == [
        (200, '"global:1"'),
        (200, '"1"'),
        (200, '"global:1"'),
        (404, ""),
    ]
    trees = [await acme.tree(at=position) for position in (first, second, third, fourth)]
    assert trees == [{"name": "beneath"}, {"name": "mine"}, {"name": "beneath"}, {}]
    assert await acme.tree(at=first, layer="own") == {}


async def test_pages_of_two_layers_leave_nothing_out(
    beneath: ConfigClient, acme: ConfigClient
) -> None:
    for number in range(7):
        await beneath.put(f"b{number}", number)
    for number in range(0, 10, 2):
        await acme.put(f"b{number}", -number)
    position = (await acme.put("a", "last")).headers["x-position"]
    whole = await acme.items()

    for more in ({}, {"at": position}):
        params: dict[str, str] | None = {"limit": "3", **more}
        found: list[object] = []
        path = ""
        while params is not None or path:
            answer = await acme.ask("GET", path, params=params)
            found += answer.json()
            link = answer.headers.get("link")
            if link is None:
                break
            path, params = link[1 : link.index(">")].removeprefix("/config"), None
        assert found == whole


async def test_an_explanation_names_the_winner_what_it_shadows_since_when_and_by_whom(
    beneath: ConfigClient, acme: ConfigClient
) -> None:
    await beneath.put("name", "beneath")
    await beneath.put("name", "beneath 2")
    await acme.put("name", "mine")

    found = (await acme.ask("GET", "/name", params={"explain": "true"})).json()

    assert (found["value"], found["layer"], found["version"]) == ("mine", "own", 1)
    own, inherited = found["layers"]
    created = [(await c.history("name"))[-1]["created_at"] for c in (acme, beneath)]
    assert own == {
        "layer": "own",
        "version": 1,
        "position": 3,
        "updated_at": created[0],
        "actor": "root",
        "is_deleted": False,
        "value": "mine",
    }
    assert (inherited["layer"], inherited["value"], inherited["updated_at"]) == (
        "global",
        "beneath 2",
        created[1],
    )

    await acme.delete("name")
    found = (await acme.ask("GET", "/name", params={"explain": "true"})).json()
    assert [(layer["layer"], layer["is_deleted"]) for layer in found["layers"]] == [
        ("global", False),
        ("own", True),
    ]
    assert "value" not in found["layers"][1]
    past = (await acme.ask("GET", "/name", params={"explain": "true", "at": "1"})).json()
    assert [layer["value"] for layer in past["layers"]] == ["beneath"]
    answer = await acme.ask("GET", "/nothing", params={"explain": "true"})
    assert answer.status_code == 404


@pytest.mark.parametrize(
    "wrong", [{"layer": "none"}, {"wait": "soon", "version": "1"}, {"wait": "1s"}]
)
async def test_an_explanation_refuses_what_every_read_refuses(
    acme: ConfigClient, wrong: dict[str, str]
) -> None:
    answer = await acme.ask("GET", "/name", params={"explain": "true", **wrong})
    assert answer.status_code == 400


async def test_an_unknown_layer_is_refused(acme: ConfigClient) -> None:
    for path in ("", "/name", "/diff?from=0"):
        separator = "&" if "?" in path else "?"
        answer = await acme.ask("GET", f"{path}{separator}layer=other")
        assert answer.status_code == 400
        assert "layer" in answer.text


async def test_a_restart_keeps_the_layers(beneath: ConfigClient, node: Node) -> None:
    await beneath.put("name", "beneath")
    for with_snapshot in (True, False):
        await node.restart(with_snapshot=with_snapshot)
        answer = await node.configs("acme").get("name", **JSON)
        assert (answer.headers["etag"], answer.json()["layer"]) == ('"global:1"', "global")
