"""`collector run`: the collector alone, in the foreground."""

from tenantry.terminal import ExitCode, LiveLines, Terminal, command, group, stop_with

app = group("server-feature", help="The commands that are a server's.")
_collector = group("collector", help="The Bluesky Jetstream, collected; and users, found.")
app.add_typer(_collector)


@command(_collector, "run", shows=("data", "database"))
def _run(terminal: Terminal) -> None:
    """Collect the stream in the foreground, until Ctrl-C; what has come is stored first.

    It needs no server beside it. Where another process collects already, it waits for its turn. It
    shows each second how it goes, and with -o json at the end what came of all events.
    """
    # What a server is made of takes a while to import.
    from tenantry.server.foreground import Foreground
    from tenantry.telemetry import configure_logging

    settings = terminal.settings()
    configure_logging(level=settings.log_level, format=settings.log_format, file=settings.log_file)
    terminal.output.message("Ctrl-C ends it, when what has come is stored")
    if terminal.output.wants_document:
        foreground = Foreground(settings)
        code = foreground.run()
        terminal.output.document(foreground.figures)
    else:
        with LiveLines() as live:
            code = Foreground(settings, show=live.update).run()
    if code:
        raise stop_with(ExitCode.ERROR)


__all__ = ["app"]
