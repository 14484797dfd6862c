"""Groups whose commands are imported when they are used."""

from collections.abc import Mapping
from copy import copy
from importlib import import_module
from typing import Any, ClassVar

import msgspec
import typer
import typer.core
import typer.main


class LazyCommand(msgspec.Struct, frozen=True):
    """A command by the module whose `app` has it; `help` is the line that lists it.

    A group may be put together from several modules: what `others` have under its name joins it.
    """

    module: str
    help: str
    is_hidden: bool = False
    others: tuple[str, ...] = ()


class LazyGroup(typer.core.TyperGroup):
    """A group that knows its commands by name, and imports one when it is called.

    Subclasses fill `lazy`; commands registered in the ordinary way come with them.
    """

    lazy: ClassVar[Mapping[str, LazyCommand]] = {}

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of all commands."""
        return sorted({*super().list_commands(ctx), *self.lazy})

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Import and return a command; None where there is none of this name."""
        entry = self.lazy.get(cmd_name)
        if entry is None or cmd_name in self.commands:
            return super().get_command(ctx, cmd_name)

        loaded = _load(entry.module, cmd_name)
        for module in entry.others:
            loaded.commands.update(_load(module, cmd_name).commands)
            # Each has said what its own part is for.
            loaded.help = entry.help
        self.commands[cmd_name] = loaded
        return loaded

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """List the commands from what is known without importing them."""
        rows = [
            (name, entry.help)
            for name in self.list_commands(ctx)
            if not (entry := self._entry(ctx, name)).is_hidden
        ]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def _entry(self, ctx: Any, name: str) -> LazyCommand:
        if name in self.lazy:
            return self.lazy[name]
        loaded = self.get_command(ctx, name)
        return LazyCommand("", loaded.get_short_help_str(limit=100), is_hidden=loaded.hidden)


def _load(module: str, name: str) -> Any:
    app: typer.Typer = import_module(module).app
    # Only this one: to put all commands of a feature together takes several times as long.
    one = copy(app)
    one.registered_commands = [info for info in app.registered_commands if info.name == name]
    one.registered_groups = [
        info
        for info in app.registered_groups
        if info.typer_instance is not None and info.typer_instance.info.name == name
    ]
    return typer.main.get_group(one).commands[name]
