"""Faults: processes that are killed, disks that are full, databases that go away.

To kill something new under load, write a *workload*: a module-level coroutine function that takes a
`Life`, in a module that `tests/faults/zygote.py` imports (its `PRELOADED`, so that no life imports
anything), and give it to the `zygote` fixture:

    async def put_settings(life: Life) -> None:
        async with opened_store(life.url) as store:
            while True:
                await store.put(..., value)
                life.report("ack", value)          # only after the await has returned

    def test_a_kill_loses_no_acknowledged_setting(zygote: Zygote, sqlite_url: str) -> None:
        process = zygote.fork(put_settings, url=sqlite_url, first=1)   # life.arguments["first"]
        process.read_until("ack", count=20)
        acknowledged = process.kill().of("ack")

`fork(..., crash=Crash("tenantry.db.group_committed", after=3))` lets the process kill itself at a
named point instead; any span or event of the code is one. A workload that returns ends its process
with 0, one that raises fails the test with its traceback.
"""
