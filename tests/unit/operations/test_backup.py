"""Backup and restore on real databases, and from each to the other."""

import asyncio
import gzip
import hashlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from tenantry.base import SystemClock
from tenantry.base.errors import Unavailable
from tenantry.db import System, Tenant, Transaction, open_database
from tenantry.eventlog import EventLog
from tenantry.operations import (
    BackupDamaged,
    BackupTooNew,
    DatabaseNotEmpty,
    RestoreReport,
    begin_backup,
    check_backup,
    restore,
)
from tenantry.operations.model import BackupHeader
from tenantry.operations.service.archive import ArchiveWriter
from tenantry.vault import Shredded, WrongMasterKey
from tests.conformance.spine import (
    append,
    append_many,
    key,
    request,
    running_database,
    running_log,
    stored_events,
    tamper,
)
from tests.support.vaults import new_master, stored_keys, vault_on

CLOCK = SystemClock()


@pytest_asyncio.fixture
async def log(database_url: str) -> AsyncIterator[EventLog]:
    async with running_log(database_url) as log:
        yield log


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "all.backup"


async def back_up(log: EventLog, file: Path) -> BackupHeader:
    backup = await begin_backup(log.database, clock=CLOCK)
    with file.open("wb") as target:
        async for chunk in backup.stream():
            target.write(chunk)
    return backup.header


async def restore_to(url: str, file: Path) -> RestoreReport:
    database = open_database(url)
    await database.start()
    try:
        return await restore(database, file, clock=CLOCK)
    finally:
        await database.stop()


async def fill(log: EventLog) -> None:
    """Append what a backup must carry: many streams and tenants, bytes of all kinds, a key."""
    await append_many(log, 6_000)
    await append(log, request("größe:🎉", tenant="acme", data='{"v":"\\u0000 ü"}'.encode()))
    await append(log, request("large", tenant="globex", data=b'"' + b"x" * 200_000 + b'"'))
    await append(log, request("keyed", key=key("order-1")))


async def test_everything_comes_back_on_either_database(
    log: EventLog, file: Path, sqlite_url_of: Callable[[str], str], postgres_url: str
) -> None:
    await fill(log)
    before, head = await stored_events(log), await log.head()
    await back_up(log, file)

    for url in (sqlite_url_of("restored"), postgres_url):
        if url.startswith("postgres") and log.database.dialect == "postgres":
            continue
        report = await restore_to(url, file)

        assert report.is_intact, report
        assert (report.event_count, report.append_count) == (6_003, 1)
        async with running_log(url) as restored:
            assert await stored_events(restored) == before
            assert await restored.head() == head
            assert await restored.append_of_key("acme", "order-1") is not None


async def test_postgres_comes_back_on_postgres(
    postgres_url: str, file: Path, postgres_urls: Callable[[], str]
) -> None:
    async with running_log(postgres_url) as log:
        await fill(log)
        before = await stored_events(log)
        await back_up(log, file)

    url = postgres_urls()
    assert (await restore_to(url, file)).is_intact
    async with running_log(url) as restored:
        assert await stored_events(restored) == before


async def test_secrets_come_back_on_either_database(
    log: EventLog,
    file: Path,
    sqlite_url_of: Callable[[str], str],
    postgres_urls: Callable[[], str],
) -> None:
    master = new_master()
    vault = vault_on(log.database, master)
    owners = [f"config:größe 🎉 {number}" for number in range(2_100)]
    sealed = await vault.seal("acme", owners[0], b"hunter2")
    await log.database.write(System("test"), copy_key, owners[1:])
    shredded = await vault.seal("acme", "config:shredded", b"hunter2")
    await log.database.write(Tenant("acme"), vault.shred_in, "acme", "config:shredded")
    await append_many(log, 3)
    before = await stored_keys(log.database)
    await back_up(log, file)

    for url in (sqlite_url_of("restored"), postgres_urls()):
        report = await restore_to(url, file)

        assert report.is_intact, report
        assert (report.event_count, report.data_key_count) == (3, 2_100)
        async with running_database(url) as database:
            assert await stored_keys(database) == before
            restored = vault_on(database, master)
            await restored.start()
            assert await restored.open("acme", owners[0], sealed) == b"hunter2"
            with pytest.raises(Shredded):
                await restored.open("acme", "config:shredded", shredded)
            with pytest.raises(WrongMasterKey):
                await vault_on(database, new_master()).start()


async def test_a_backup_has_the_keys_of_the_moment_it_was_begun(
    log: EventLog, file: Path, sqlite_url_of: Callable[[str], str]
) -> None:
    """Whatever happens to them while it is written: they are those its events need."""
    old = new_master()
    vault = vault_on(log.database, old)
    sealed = await vault.seal("acme", "config:kept", b"hunter2")
    await append_many(log, 3)
    backup = await begin_backup(log.database, clock=CLOCK)
    await vault.rewrap(new_master())
    await vault.seal("acme", "config:later", b"hunter2")
    await log.database.write(Tenant("acme"), vault.shred_in, "acme", "config:kept")
    with file.open("wb") as target:
        async for chunk in backup.stream():
            target.write(chunk)

    url = sqlite_url_of("restored")
    assert (await restore_to(url, file)).data_key_count == 1

    async with running_database(url) as database:
        assert await vault_on(database, old).open("acme", "config:kept", sealed) == b"hunter2"


async def test_a_database_that_holds_only_keys_is_refused(log: EventLog, file: Path) -> None:
    await back_up(log, file)
    await vault_on(log.database, new_master()).seal("acme", "config:a", b"hunter2")

    with pytest.raises(DatabaseNotEmpty):
        await restore(log.database, file, clock=CLOCK)

    assert len(await stored_keys(log.database)) == 1


async def test_a_backup_without_one_of_its_keys_is_refused(
    log: EventLog, file: Path, sqlite_url_of: Callable[[str], str]
) -> None:
    vault = vault_on(log.database, new_master())
    await vault.seal("acme", "config:a", b"hunter2")
    backup = await begin_backup(log.database, clock=CLOCK)
    header = _framed(msgspec.to_builtins(backup.header, builtin_types=(bytes,)))
    counts = {"event_count": 0, "append_count": 0, "data_key_count": 1}
    digest = hashlib.sha256(header).digest()
    trailer = _framed({"type": "trailer", **counts, "sha256": digest})
    await asyncio.to_thread(file.write_bytes, gzip.compress(header + trailer))

    assert "as many rows" in await refuse(sqlite_url_of("restored"), file)


@pytest.mark.parametrize(
    "format_, counts",
    [
        pytest.param(1, {}, id="before the vault, without data keys"),
        pytest.param(2, {"data_key_count": 0}, id="before access, without people"),
    ],
)
async def test_a_backup_of_an_earlier_format_is_restored(
    file: Path, sqlite_url_of: Callable[[str], str], format_: int, counts: dict[str, int]
) -> None:
    """As an earlier release wrote it: it counts nothing of what it did not know."""
    header = BackupHeader(
        format=format_,
        program_version="0.1.0",
        migrations=tuple(range(1, format_ + 1)),
        position=0,
        hash=bytes(32),
        created_at=0,
    )
    framed = _framed(msgspec.to_builtins(header, builtin_types=(bytes,)))
    trailer = {"type": "trailer", "event_count": 0, "append_count": 0, **counts}
    content = framed + _framed({**trailer, "sha256": hashlib.sha256(framed).digest()})
    await asyncio.to_thread(file.write_bytes, gzip.compress(content))

    report = await restore_to(sqlite_url_of("restored"), file)

    assert (report.is_intact, report.data_key_count) == (True, 0)
    assert (report.user_count, report.member_count, report.api_key_count) == (0, 0, 0)


async def test_a_restored_log_goes_on_where_it_ended(
    log: EventLog, file: Path, sqlite_url_of: Callable[[str], str]
) -> None:
    await append_many(log, 3)
    await back_up(log, file)
    url = sqlite_url_of("restored")
    await restore_to(url, file)

    async with running_log(url) as restored:
        outcome = await append(restored)

    assert (outcome.first, outcome.versions) == (4, (3,))


async def test_a_retry_after_the_restore_still_gets_the_first_result(
    log: EventLog, file: Path, sqlite_url_of: Callable[[str], str]
) -> None:
    wanted = request("keyed", key=key("order-1"))
    first = await append(log, wanted)
    await back_up(log, file)
    url = sqlite_url_of("restored")
    await restore_to(url, file)

    async with running_log(url) as restored:
        again = await append(restored, wanted)

    assert again.is_replay
    assert again.first == first.first


async def test_an_empty_log_comes_back_empty(
    log: EventLog, file: Path, sqlite_url_of: Callable[[str], str]
) -> None:
    await back_up(log, file)

    report = await restore_to(sqlite_url_of("restored"), file)

    assert (report.is_intact, report.event_count, report.head_position) == (True, 0, 0)


async def test_what_is_appended_while_the_backup_runs_is_left_out(
    log: EventLog, file: Path, sqlite_url_of: Callable[[str], str]
) -> None:
    await append_many(log, 10)
    backup = await begin_backup(log.database, clock=CLOCK)
    await append_many(log, 5, name="later")
    await append(log, request("later", key=key("late")))
    with file.open("wb") as target:
        async for chunk in backup.stream():
            target.write(chunk)

    report = await restore_to(sqlite_url_of("restored"), file)

    assert (report.is_intact, report.event_count, report.append_count) == (True, 10, 0)


async def test_progress_is_told_to_the_end(log: EventLog, file: Path) -> None:
    await append_many(log, 3_000)
    told: list[tuple[int, int]] = []
    backup = await begin_backup(log.database, clock=CLOCK)
    with file.open("wb") as target:
        async for chunk in backup.stream(progress=lambda *step: told.append(step)):
            target.write(chunk)

    assert told == [(2_000, 3_000), (3_000, 3_000)]
    checked: list[tuple[str, int, int]] = []
    check_backup(file, progress=lambda *step: checked.append(step))
    assert checked == [("check", 2_000, 3_000), ("check", 3_000, 3_000)]


async def test_a_database_that_holds_something_is_refused(log: EventLog, file: Path) -> None:
    await append_many(log, 3)
    await back_up(log, file)

    with pytest.raises(DatabaseNotEmpty):
        await restore(log.database, file, clock=CLOCK)

    assert (await log.head()).position == 3


@pytest_asyncio.fixture
async def taken(sqlite_url_of: Callable[[str], str], file: Path) -> Path:
    """A backup of a hundred events."""
    async with running_log(sqlite_url_of("source")) as log:
        await append_many(log, 100)
        await back_up(log, file)
    return file


async def refuse(url: str, file: Path) -> str:
    """Return why restoring `file` is refused; checks that nothing was restored."""
    with pytest.raises(BackupDamaged) as caught:
        await restore_to(url, file)
    async with running_log(url) as log:
        assert await stored_events(log) == []
    return caught.value.message


def change(file: Path, how: Callable[[bytes], bytes]) -> None:
    content = file.read_bytes()
    changed = how(content)
    assert changed != content
    file.write_bytes(changed)


def change_inside(file: Path, how: Callable[[bytes], bytes]) -> None:
    change(file, lambda content: gzip.compress(how(gzip.decompress(content))))


def with_one_bit_changed(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


@pytest.mark.parametrize("share", [0, 0.01, 0.5, 0.99])
async def test_a_file_that_was_cut_off_is_refused(
    taken: Path, database_url: str, share: float
) -> None:
    change(taken, lambda content: content[: int(len(content) * share)])

    assert "cut off" in await refuse(database_url, taken)


async def test_a_file_with_one_bit_changed_is_refused(taken: Path, sqlite_url: str) -> None:
    change(taken, with_one_bit_changed)

    assert "not a whole backup" in await refuse(sqlite_url, taken)


async def test_a_file_whose_content_was_changed_and_packed_again_is_refused(
    taken: Path, sqlite_url: str
) -> None:
    change_inside(taken, lambda content: content.replace(b"happened.v1", b"happened.v2", 1))

    assert "digest" in await refuse(sqlite_url, taken)


async def test_a_file_with_something_behind_its_trailer_is_refused(
    taken: Path, sqlite_url: str
) -> None:
    change_inside(taken, lambda content: content + b"more")

    assert "behind its trailer" in await refuse(sqlite_url, taken)


@pytest.mark.parametrize(
    "content",
    [b"", b"not gzip at all", gzip.compress(b"", mtime=0), gzip.compress(b"\xff" * 100, mtime=0)],
)
async def test_another_file_is_refused(tmp_path: Path, sqlite_url: str, content: bytes) -> None:
    other = tmp_path / "other"
    other.write_bytes(content)

    assert "other is not a whole backup" in await refuse(sqlite_url, other)


async def test_a_missing_file_is_refused(tmp_path: Path, sqlite_url: str) -> None:
    assert "No such file" in await refuse(sqlite_url, tmp_path / "nowhere")


def write_empty_backup(file: Path, *, format_: int = 1, migrations: tuple[int, ...] = (1,)) -> None:
    header = BackupHeader(
        format=format_,
        program_version="9.9.9",
        migrations=migrations,
        position=0,
        hash=bytes(32),
        created_at=0,
    )
    writer = ArchiveWriter()
    file.write_bytes(writer.header(header) + writer.trailer())


async def test_a_backup_of_a_newer_format_or_schema_is_refused(file: Path, sqlite_url: str) -> None:
    write_empty_backup(file, format_=4)
    with pytest.raises(BackupTooNew, match=r"format 4.*9\.9\.9"):
        await restore_to(sqlite_url, file)

    write_empty_backup(file, migrations=(1, 99))
    with pytest.raises(BackupTooNew, match="schema 99"):
        await restore_to(sqlite_url, file)


async def test_a_log_that_does_not_verify_is_restored_and_reported(
    sqlite_url_of: Callable[[str], str], file: Path
) -> None:
    async with running_log(sqlite_url_of("source")) as log:
        await append_many(log, 10)
        await tamper(log.database, "UPDATE events SET type = 'tests.other.v1' WHERE position = 4")
        await back_up(log, file)

    report = await restore_to(sqlite_url_of("restored"), file)

    assert not report.is_intact
    assert report.fault_position == 4


async def test_a_restore_that_breaks_off_leaves_an_empty_database(
    taken: Path, database_url: str
) -> None:
    def break_off(stage: str, _done: int, _total: int) -> None:
        if stage == "write":
            raise Unavailable("the disk is full")

    database = open_database(database_url)
    await database.start()
    try:
        with pytest.raises(Unavailable):
            await restore(database, taken, clock=CLOCK, progress=break_off)
        assert await database.read(System("test"), _count_events) == 0
        assert (await restore(database, taken, clock=CLOCK)).event_count == 100
    finally:
        await database.stop()


async def test_a_backup_that_breaks_off_is_no_backup(
    log: EventLog, file: Path, sqlite_url_of: Callable[[str], str]
) -> None:
    await append_many(log, 3_000)
    backup = await begin_backup(log.database, clock=CLOCK)
    chunks = backup.stream()
    content = await anext(chunks) + await anext(chunks)
    await log.database.stop()
    with pytest.raises(Unavailable):
        await anext(chunks)

    await asyncio.to_thread(file.write_bytes, content)
    await refuse(sqlite_url_of("restored"), file)


def test_the_same_content_is_the_same_bytes(file: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    write_empty_backup(file)
    write_empty_backup(again)

    digests = {hashlib.sha256(path.read_bytes()).hexdigest() for path in (file, again)}
    assert len(digests) == 1


def copy_key(tx: Transaction, owners: list[str]) -> None:
    """Give each of `owners` a row like that of the one who has a key."""
    mark = "?" if tx.dialect == "sqlite" else "%s"
    for owner in owners:
        tx.connection.execute(
            f"INSERT INTO data_keys SELECT tenant_id, {mark}, key_id, wrapped, "
            "master_fingerprint, created_at FROM data_keys ORDER BY created_at, owner LIMIT 1",
            (owner,),
        )


def _framed(record: dict[str, object]) -> bytes:
    encoded = msgspec.msgpack.encode(record)
    return len(encoded).to_bytes(4, "big") + encoded


def _count_events(tx: Transaction) -> int:
    ((count,),) = tx.connection.execute("SELECT count(*) FROM events").fetchall()
    return int(count)
