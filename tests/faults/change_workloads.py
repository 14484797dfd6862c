"""The workload of sets of changes, and of secrets that come and go, in a process that is killed."""

import asyncio

from tenantry.base import root_principal
from tenantry.configs import ConfigStore, Idempotency, SetConfigValue
from tenantry.telemetry import bind
from tenantry.vault import MasterKey
from tests.faults.config_workloads import opened_store
from tests.faults.life import Life

ROOT = root_principal(source="fault tests")
TENANT = "tenant-0"
PAIR = ("left", "right")
MASTER = MasterKey(bytes(range(32)))


async def change_settings(life: Life) -> None:
    """Store the same in both of a pair, and shred a secret of one's own, until killed."""
    async with opened_store(life.url, master=MASTER) as opened:
        life.report("began")
        await asyncio.gather(
            *(
                _change_for_ever(life, opened.store, writer, index)
                for writer, index in enumerate(life.arguments["next"])
            )
        )


async def change_pair(store: ConfigStore, key: str) -> int:
    """Store `key` in both of the pair, and return the position of the second event."""
    commands = [SetConfigValue(name, b'"%b"' % key.encode()) for name in PAIR]
    idempotency = Idempotency(key=key, request_digest=key.encode())
    with bind(correlation_id=key):
        written = await store.change(ROOT, TENANT, commands, idempotency=idempotency)
    return written.position


async def _change_for_ever(life: Life, store: ConfigStore, writer: int, index: int) -> None:
    secret = f"secret-{writer}"
    while True:
        key = f"{writer}-{index}"
        position = await change_pair(store, key)
        life.report("ack", writer, key, position)
        entry = await store.put(ROOT, TENANT, secret, key, is_secret=True)
        life.report("sealed", writer, key, entry.position)
        entry = await store.shred(ROOT, TENANT, secret)
        life.report("shredded", writer, key, entry.position)
        index += 1
