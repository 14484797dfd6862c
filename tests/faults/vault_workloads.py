"""The rotation of the master key, in a process that is killed."""

from pathlib import Path

from tenantry.base import SystemClock, root_principal
from tenantry.db import migrate, open_database
from tenantry.eventlog import EventLog
from tenantry.operations import EVENT_TYPES, KeyFile, Keys
from tenantry.vault import Vault
from tests.faults.life import Life

OWNERS = [f"config:{number}" for number in range(20)]
PLAIN = b"hunter2"

_ROOT = root_principal(source="test")


async def rotate_master(life: Life) -> None:
    """Open what the life before has sealed, report it, and rotate unless this life `is_last`.

    `file` is the file of the master key, `sealed` what was sealed for each owner, in hex; the first
    life seals it.
    """
    source = KeyFile(Path(life.arguments["file"]))
    database = open_database(life.url)
    await database.start()
    await migrate(database, clock=SystemClock())
    vault = Vault(database=database, clock=SystemClock(), master=source.present())
    log = EventLog(database=database, clock=SystemClock(), types=EVENT_TYPES)
    keys = Keys(vault=vault, source=source, log=log)
    await keys.mend()
    await vault.start()
    await log.start()

    sealed = {owner: bytes.fromhex(text) for owner, text in life.arguments["sealed"].items()}
    if not sealed:
        sealed = {owner: await vault.seal("acme", owner, PLAIN) for owner in OWNERS}
    for owner, data in sealed.items():
        assert await vault.open("acme", owner, data) == PLAIN
    texts = {owner: data.hex() for owner, data in sealed.items()}
    life.report("opened", texts, vault.master_fingerprint, await vault.key_counts())

    if not life.arguments["is_last"]:
        report = await keys.rotate(_ROOT)
        life.report("rotated", report.master_fingerprint)
    await log.stop()
    await database.stop()
