"""The clients folder: applied when a server starts, past what fails, and over nobody's head."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tenantry.clients import ClientLedger, StartupResult
from tenantry.clients.service.folder import LEASE
from tenantry.clients.worker import RETRY_SECONDS
from tenantry.db import Transaction
from tenantry.scheduling import Held, Lease, Leases
from tenantry.testing import FakeClock
from tests.support.access_http import AccessHttp
from tests.support.client_http import ClientHttp, paths_of, shop
from tests.support.nodes import Journal, Node, running_node
from tests.support.waiting import eventually


class Folder:
    """A clients folder, and a node that starts with it."""

    def __init__(self, node: Node, path: Path) -> None:
        self.node = node
        self.path = path
        self.clients = ClientHttp(node, AccessHttp(node), "acme")

    def write(self, name: str, content: Any) -> None:
        """Write a file below the tenant's folder: JSON, or text as it is."""
        file = self.path / "acme" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content if isinstance(content, str) else json.dumps(content))

    async def boot(self) -> StartupResult:
        """Start the server anew, and return what became of the folder."""
        await self.node.restart()
        self.clients = ClientHttp(self.node, AccessHttp(self.node), "acme")
        result = await self.node.app.client_startup.done()
        assert result is not None
        return result


@pytest_asyncio.fixture
async def folder(
    database_url: str, journal: Journal, clock: FakeClock, tmp_path: Path
) -> AsyncIterator[Folder]:
    assert not journal.text
    path = tmp_path / "clients"
    async with running_node(
        url=database_url, folder=tmp_path, clock=clock, CLIENTS_DIR=path, CLIENT_VARS=("URL",)
    ) as node:
        await AccessHttp(node).tenant("acme")
        yield Folder(node, path)


ROUTES = """
- {key: home, path: /, public: true}
- {path: /on, title: "on", roles: [ADMIN]}
"""


async def test_a_folder_of_files_and_folders_is_loaded(folder: Folder) -> None:
    folder.write("shop.json", shop())
    folder.write("forum/config.yaml", "key: Forum\nname: Forum\n")
    folder.write("forum/routes.yaml", ROUTES)
    folder.write("blog.toml", 'key = "blog"\nname = "Blog"\n[[routes]]\npath = "/"\n')
    folder.write("wiki.yaml", "key: wiki\nname: Wiki\nroutes:\n" + ROUTES)

    result = await folder.boot()

    assert result.clients_failed == ()
    assert {each.key: each.revision for each in result.clients_loaded} == {
        "shop": 1, "forum": 1, "blog": 1, "wiki": 1,
    }  # fmt: skip
    assert paths_of(await folder.clients.app("forum")) == ["/"]
    (applied,) = (await folder.clients.get("/forum/revisions"))["revisions"]
    assert (applied["source"], applied["reason"]) == ("file", "start-up")


async def test_an_unchanged_folder_is_passed_over(folder: Folder, journal: Journal) -> None:
    # Q5: there is no second pass, neither in one start nor in the next.
    folder.write("shop.json", shop())
    await folder.boot()
    before = await folder.clients.stored()
    assert journal.text.count("Starting comprehensive upsert for") == 1

    result = await folder.boot()

    (loaded,) = result.clients_loaded
    assert (loaded.is_skipped, loaded.changed, loaded.revision) == (True, False, 1)
    assert await folder.clients.stored() == before
    assert journal.text.count("Starting comprehensive upsert for") == 1


async def test_the_format_of_a_file_makes_no_difference(folder: Folder) -> None:
    folder.write("shop.json", shop())
    await folder.boot()
    before = await folder.clients.stored()
    (folder.path / "acme" / "shop.json").unlink()
    folder.write("shop.yaml", "# written otherwise\n" + json.dumps(shop(), indent=3))

    result = await folder.boot()

    assert [each.changed for each in result.clients_loaded] == [False]
    assert await folder.clients.stored() == before


async def test_a_changed_file_is_applied(folder: Folder) -> None:
    folder.write("shop.json", shop())
    await folder.boot()
    folder.write("shop.json", shop(name="Other"))

    (loaded,) = (await folder.boot()).clients_loaded

    assert (loaded.changed, loaded.revision) == (True, 2)
    assert (await folder.clients.get("/shop"))["name"] == "Other"
    assert not (await folder.clients.get("/shop/drift")).get("changes")


async def test_a_bad_file_stops_no_other_and_says_what_to_run(folder: Folder) -> None:
    folder.write("shop.json", shop())
    await folder.boot()
    folder.write("shop.json", shop(routes=[{"path": 7}], nmae="x"))
    folder.write("broken.yaml", "key: [unclosed")
    folder.write("unset.json", shop(key="unset", siteUrl="${URL}"))
    folder.write("bad.json", {"key": "Not a key!"})
    folder.write("good.json", shop(key="good"))

    result = await folder.boot()

    loaded = {each.key: each for each in result.clients_loaded}
    failed = {Path(each.file).name: each for each in result.clients_failed}
    assert ({*loaded}, {*failed}) == (
        {"shop", "good"},
        {"broken.yaml", "unset.json", "bad.json"},
    )
    assert "URL" in failed["unset.json"].errors[0].message
    # Items that fail keep their stored versions, and are told.
    assert {each.path for each in loaded["shop"].errors} == {"$.routes[0].path", "$.nmae"}
    assert all(each.errors for each in failed.values())
    assert failed["bad.json"].command.startswith("tenantry clients validate ")


async def test_an_item_that_fails_keeps_its_stored_version_and_is_told_each_time(
    folder: Folder,
) -> None:
    folder.write("shop.json", shop())
    await folder.boot()
    broken = shop(name="Other")
    broken["routes"][1]["title"] = 7
    folder.write("shop.json", broken)

    for revision in (2, 2):
        (loaded,) = (await folder.boot()).clients_loaded
        assert (loaded.revision, len(loaded.errors)) == (revision, 1)
        assert loaded.errors[0].path == "$.routes[1].title"
    assert [r.get("title") for r in (await folder.clients.exported())["routes"]] == [
        "Home", "Orders", "Admin",
    ]  # fmt: skip


async def test_a_guard_keeps_the_old_revision_and_names_the_command(
    folder: Folder, journal: Journal
) -> None:
    folder.write("shop.json", shop())
    await folder.boot()
    folder.write("shop.json", shop(routes=[]))

    result = await folder.boot()

    (failed,) = result.clients_failed
    assert failed.key == "shop"
    assert failed.errors[0].code == "guarded"
    assert failed.command == f"tenantry clients plan {failed.file} --tenant acme"
    assert failed.command in journal.text
    assert await folder.clients.revision() == 1


async def test_a_file_that_was_rolled_back_stays_so_over_a_restart(folder: Folder) -> None:
    folder.write("shop.json", shop())
    await folder.boot()
    folder.write("shop.json", shop(name="Bad"))
    await folder.boot()
    rolled = await folder.clients.post("/shop/rollback", to=1, reason="it was bad")
    assert rolled["revision"] == 3

    for _ in range(2):
        (loaded,) = (await folder.boot()).clients_loaded
        assert (loaded.changed, loaded.revision) == (False, 3)
        assert "rolled back" in loaded.warnings[0]
    assert (await folder.clients.get("/shop"))["name"] == "Shop"

    # Another change of the file goes on, and who wants the old one applies it.
    folder.write("shop.json", shop(name="Better"))
    assert [each.revision for each in (await folder.boot()).clients_loaded] == [4]
    again = await folder.clients.apply(shop(name="Bad"), source="file")
    assert again["revision"] == 5
    assert (await folder.clients.get("/shop"))["held_back"] == []


async def test_what_was_edited_elsewhere_is_not_overwritten(folder: Folder) -> None:
    # Q12
    folder.write("shop.json", shop())
    await folder.boot()
    await folder.clients.apply({"key": "shop", "name": "Edited"}, source="ui")

    (loaded,) = (await folder.boot()).clients_loaded
    assert "stays" in loaded.warnings[0]
    assert (await folder.clients.get("/shop"))["name"] == "Edited"

    # Nor by a file that has changed: somebody has to say which of the two it shall be.
    folder.write("shop.json", shop(siteUrl="https://new.example"))
    (failed,) = (await folder.boot()).clients_failed
    assert failed.errors[0].code == "drifted"
    assert failed.command == f"tenantry clients drift {failed.file} --tenant acme"
    assert await folder.clients.revision() == 2


async def test_an_edit_that_was_rolled_back_to_is_not_overwritten_either(folder: Folder) -> None:
    # Q12
    folder.write("shop.json", shop())
    await folder.boot()
    await folder.clients.apply({"key": "shop", "name": "Edited"})
    await folder.clients.apply({"key": "shop", "name": "Edited again"})
    await folder.clients.post("/shop/rollback", to=2)
    folder.write("shop.json", shop(siteUrl="https://new.example"))

    result = await folder.boot()

    assert [each.errors[0].code for each in result.clients_failed] == ["drifted"]
    assert (await folder.clients.get("/shop"))["name"] == "Edited"


async def test_an_edit_that_the_file_has_adopted_is_the_files(folder: Folder) -> None:
    # Q12
    folder.write("shop.json", shop())
    await folder.boot()
    await folder.clients.apply({"key": "shop", "name": "Edited"})
    adopted = await folder.clients.post("/drift/resolve", key="shop", how="adopt")
    folder.write("shop.json", adopted["config"])

    result = await folder.boot()

    assert result.clients_failed == ()
    assert (await folder.clients.get("/shop"))["name"] == "Edited"
    assert not (await folder.clients.get("/shop/drift")).get("changes")
    before = await folder.clients.stored()
    assert (await folder.boot()).clients_failed == ()
    assert await folder.clients.stored() == before
    folder.write("shop.json", {**adopted["config"], "siteUrl": "https://new.example"})
    assert [each.changed for each in (await folder.boot()).clients_loaded] == [True]


async def test_a_node_that_does_not_get_the_lease_says_so(
    folder: Folder, journal: Journal, clock: FakeClock
) -> None:
    # Q20
    folder.write("shop.json", shop())
    leases = Leases(database=folder.node.app.database, clock=clock, holder="elsewhere:7")
    held = await leases.take(LEASE)
    assert isinstance(held, Lease)

    result = await folder.boot()

    assert (result.has_lease, result.holder, result.clients_loaded) == (False, "elsewhere:7", ())
    assert "left to elsewhere:7" in journal.text
    assert "Client startup process completed" not in journal.text
    assert await folder.clients.revision() == 0


async def test_what_was_left_to_a_node_that_has_died_is_done_once_its_lease_is_over(
    folder: Folder, clock: FakeClock
) -> None:
    # Q20: a server that was killed while it started does not keep the next one from it.
    folder.write("shop.json", shop())
    leases = Leases(database=folder.node.app.database, clock=clock, holder="dead:7", ttl_seconds=90)
    assert isinstance(await leases.take(LEASE), Lease)
    assert not (await folder.boot()).has_lease

    async def is_done() -> bool:
        clock.advance(RETRY_SECONDS)
        return await folder.clients.revision() == 1

    await eventually(is_done)


async def test_whoever_loses_the_lease_on_the_way_writes_nothing_more(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Q20
    for number in range(6):
        folder.write(f"c{number}.json", shop(key=f"c{number}"))
    real, one_by_one, written = ClientLedger.write, asyncio.Lock(), list[str]()

    async def write(self: ClientLedger, principal: Any, wish: Any) -> Any:
        async with one_by_one:
            state = await real(self, principal, wish)
            written.append(wish.key)
            await folder.node.app.database.administer(_lose_lease)
            return state

    monkeypatch.setattr(ClientLedger, "write", write)
    result = await folder.boot()

    assert [each.key for each in result.clients_loaded] == written
    assert len(written) == 1
    assert [each.errors[0].code for each in result.clients_failed] == ["lease_lost"] * 5
    found = await folder.clients.get()
    assert [each["key"] for each in found["items"]] == written


def _lose_lease(tx: Transaction) -> None:
    tx.connection.execute("UPDATE leases SET token = token + 1")


async def test_the_lease_is_free_again_behind_a_start(folder: Folder, clock: FakeClock) -> None:
    folder.write("shop.json", shop())
    await folder.boot()
    leases = Leases(database=folder.node.app.database, clock=clock, holder="elsewhere:7")

    assert not isinstance(await leases.take(LEASE), Held)


async def test_variables_come_from_the_environment_and_stay_placeholders(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Q19
    config = shop()
    config["routes"][0]["componentProps"] = {"api": "${URL}"}
    folder.write("shop.json", config)
    monkeypatch.setenv("URL", "https://one.example")
    await folder.boot()
    assert "https://one.example" in json.dumps(await folder.clients.app())
    assert "${URL}" in json.dumps(await folder.clients.told())

    monkeypatch.setenv("URL", "https://two.example")
    assert [each.changed for each in (await folder.boot()).clients_loaded] == [True]
    assert "https://two.example" in json.dumps(await folder.clients.app())

    # One that is not set is no empty text.
    monkeypatch.delenv("URL")
    (failed,) = (await folder.boot()).clients_failed
    assert "URL" in failed.errors[0].message
    assert "https://two.example" in json.dumps(await folder.clients.app())


async def test_people_of_a_file_are_made_at_the_first_start_alone(folder: Folder) -> None:
    # Q6
    user = {"email": "ann@acme.example", "firstName": "A", "lastName": "B", "roles": ["ADMIN"]}
    folder.write("shop.json", shop(users=[{**user, "password": "a passphrase of the file"}]))
    await folder.boot()

    ann = await folder.clients.who.at_new_address().login(
        email="ann@acme.example", password="a passphrase of the file"
    )
    before = await folder.clients.stored()
    assert len(paths_of(await folder.clients.by(ann).app())) == 3
    await folder.boot()
    assert await folder.clients.stored() == before
