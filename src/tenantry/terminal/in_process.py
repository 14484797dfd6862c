"""The application in this process, on an event loop in a thread of its own."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tenantry.terminal.served import Served
from tenantry.terminal.transport import InProcessTransport


@contextmanager
def running_in_process(build: Callable[[], Served]) -> Iterator[InProcessTransport]:
    """Start what `build` returns and yield the way to it; stop it at the end.

    What `build` or the start raises passes through.
    """
    with _loop_thread() as loop:
        served = asyncio.run_coroutine_threadsafe(_started(build), loop).result()
        try:
            yield InProcessTransport(app=served.asgi, loop=loop)
        finally:
            asyncio.run_coroutine_threadsafe(served.stop(), loop).result()


async def _started(build: Callable[[], Served]) -> Served:
    served = build()
    await served.start()
    return served


@contextmanager
def _loop_thread() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=_run, args=(loop,), name="tenantry-in-process")
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


def _run(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
        loop.run_until_complete(_end_tasks())
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
    finally:
        loop.close()


async def _end_tasks() -> None:
    """End what Ctrl-C has left: whoever waited for it has gone."""
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
