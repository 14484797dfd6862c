"""`collector strategies …`: runs that find users."""

from typing import Annotated, Any

import msgspec
import typer

from tenantry.base.errors import Invalid
from tenantry.collector.commands.address import Limit, path_of, tell_rest
from tenantry.collector.model import FoundView, StrategyPlan, StrategyRunView
from tenantry.terminal import Column, Terminal, command, group, read_list, show, show_list

Run = Annotated[str, typer.Argument(help="Id of the run.", metavar="RUN", show_default=False)]


def add_strategies(collector: typer.Typer) -> None:
    """Add the commands."""
    strategies = group("strategies", help="Find users, within the service's limits.")
    command(strategies, "run", shows=("tenant",))(_run)
    command(strategies, "list", shows=("tenant",))(_list)
    command(strategies, "show", shows=("tenant",))(_show)
    command(strategies, "users", shows=("tenant",))(_users)
    command(strategies, "cancel", shows=("tenant",))(_cancel)
    collector.add_typer(strategies)


def _run(
    terminal: Terminal,
    name: Annotated[
        str,
        typer.Argument(
            help="follow-graph, popular-content, post-interactions, follow-back or like-mentions.",
            metavar="NAME",
            show_default=False,
        ),
    ],
    params: Annotated[
        list[str] | None,
        typer.Argument(
            help="The strategy's parameters; a value is JSON where it reads as that, else text.",
            metavar="[KEY=VALUE]...",
            show_default=False,
        ),
    ] = None,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what a run would be and cost, and start none.")
    ] = False,
) -> None:
    """Queue a run of a strategy, which a server with the role `collector` carries out."""
    body = msgspec.json.encode(dict(map(_read_pair, params or [])))
    query = {"dryRun": "true"} if dry_run else None
    with terminal.http() as http:
        answer = http.send("POST", path_of("strategies", name), params=query, body=body)
    if terminal.output.wants_document:
        terminal.output.document(answer.data(msgspec.Raw))
        return
    if dry_run:
        plan = answer.data(StrategyPlan)
        line = f"from {plan.estimate.requests_at_least:,} to {plan.estimate.requests_at_most:,}"
        terminal.output.line(f"{plan.strategy}: {line} requests")
        return
    run = answer.data(StrategyRunView)
    terminal.output.line(f"{run.strategy} is {run.status}: {run.id}")


def _list(terminal: Terminal, *, limit: Limit = 20) -> None:
    """Print the runs of strategies, newest first."""
    with terminal.http() as http:
        page = read_list(http, path_of("strategies"), member="runs", limit=limit)
    columns = [
        Column("RUN"),
        Column("STRATEGY"),
        Column("IS"),
        Column("FOUND", is_number=True),
        Column("REQUESTS", is_number=True),
    ]
    show_list(terminal, page, StrategyRunView, columns, _row)
    tell_rest(terminal, page.next_cursor)


def _show(terminal: Terminal, run: Run) -> None:
    """Print how far a run is, and what it was asked for."""
    with terminal.http() as http:
        answer = http.send("GET", path_of("strategies", "runs", run))
    show(terminal, answer.data(dict[str, Any]))


def _users(terminal: Terminal, run: Run, *, limit: Limit = 100) -> None:
    """Print what a run has found, in the order in which it was."""
    with terminal.http() as http:
        path = path_of("strategies", "runs", run, "users")
        page = read_list(http, path, member="users", limit=limit)
    columns = [
        Column("#", is_number=True),
        Column("USER"),
        Column("DEGREE", is_number=True),
        Column("FOLLOWERS", is_number=True),
        Column("BY"),
    ]
    show_list(terminal, page, FoundView, columns, _found_row)
    tell_rest(terminal, page.next_cursor)


def _cancel(terminal: Terminal, run: Run) -> None:
    """End a run, which keeps what it has found."""
    with terminal.http() as http:
        answer = http.send("DELETE", path_of("strategies", "runs", run))
    if terminal.output.wants_document:
        terminal.output.document(answer.data(msgspec.Raw))
        return
    terminal.output.line(f"{run} is {answer.data(StrategyRunView).status}")


def _read_pair(given: str) -> tuple[str, Any]:
    name, separator, text = given.partition("=")
    if not separator or not name:
        raise Invalid(field="KEY=VALUE", got=given[:80], wants="a name, = and a value")
    try:
        return name, msgspec.json.decode(text.encode("utf-8", "surrogateescape"))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return name, text


def _row(run: StrategyRunView) -> tuple[str, ...]:
    progress = run.progress
    found, made = str(progress.users_found), str(progress.requests_made)
    return (run.id, run.strategy, run.status, found, made)


def _found_row(found: FoundView) -> tuple[str, ...]:
    followers = "" if found.followers_count is None else str(found.followers_count)
    who = found.uri or found.handle or found.did
    return (str(found.number), who, str(found.degree), followers, found.via)
