"""The server: one process that serves the application on one port until it is told to stop.

It opens in order, answers that it is not ready until it is, and on SIGTERM or SIGINT finishes what
is under way before it closes. It decides nothing about what is served: `tenantry.app` does.
"""

from tenantry.settings import Settings


def serve(settings: Settings, *, demo: bool = False) -> int:
    """Serve until a signal, and return the exit code: 0 after a stop, 1 where it cannot start.

    `demo` stores a few settings in the default tenant where that has none, and in development also
    serves data for it to sync. A second signal ends the process at once.
    """
    # Imported late: the command line asks for this module before it knows what to do.
    from tenantry.server.process import run  # noqa: PLC0415 - see above

    return run(settings, demo=demo)


__all__ = ["serve"]
