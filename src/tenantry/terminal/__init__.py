"""The terminal platform: what commands share, as `tenantry.web` is what routes share.

Where a command is answered (a server, or the application in this process), one document on standard
output and messages on standard error, tables, progress, exit codes, and trees of names and values
as JSON or YAML. It knows no product noun and builds no application: `tenantry.cli` hands it one.
Importing it is cheap; what talks HTTP is imported when a command first does.
"""

from tenantry.terminal.command import add_shared_options, command, group, stop_with
from tenantry.terminal.context import Options, Terminal
from tenantry.terminal.errors import Refused, Unreachable, hint_for, lines_of
from tenantry.terminal.exit_code import ExitCode
from tenantry.terminal.fields import show
from tenantry.terminal.lazy import LazyCommand, LazyGroup
from tenantry.terminal.live import LiveLines
from tenantry.terminal.lock import ServerLock, ServerRecord
from tenantry.terminal.output import Format, Output, TreeFormat
from tenantry.terminal.pages import Page, read_all, read_list, read_pages, show_list
from tenantry.terminal.progress import Progress
from tenantry.terminal.prompt import ask_secret, is_anybody_there, is_confirmed
from tenantry.terminal.served import Served
from tenantry.terminal.styled import Line, Piece
from tenantry.terminal.table import Column, one_line
from tenantry.terminal.url import segment

__all__ = [
    "Column",
    "ExitCode",
    "Format",
    "LazyCommand",
    "LazyGroup",
    "Line",
    "LiveLines",
    "Options",
    "Output",
    "Page",
    "Piece",
    "Progress",
    "Refused",
    "Served",
    "ServerLock",
    "ServerRecord",
    "Terminal",
    "TreeFormat",
    "Unreachable",
    "add_shared_options",
    "ask_secret",
    "command",
    "group",
    "hint_for",
    "is_anybody_there",
    "is_confirmed",
    "lines_of",
    "one_line",
    "read_all",
    "read_list",
    "read_pages",
    "segment",
    "show",
    "show_list",
    "stop_with",
]
