"""`collector trending | growth | leaders | network`: who grows, who is heard, what is talked of."""

from typing import Annotated, TypeVar

import msgspec
import typer

from tenantry.collector.model import GrowingUser, Leader, Network, TrendingUser
from tenantry.terminal import Column, Terminal, command

_T = TypeVar("_T")

Most = Annotated[
    int | None,
    typer.Option("--limit", help="At most so many.", min=1, metavar="N", show_default=False),
]


class _Trending(msgspec.Struct):
    users: list[TrendingUser]


class _Growing(msgspec.Struct):
    users: list[GrowingUser]


class _Leading(msgspec.Struct):
    users: list[Leader]


def add_analytics(collector: typer.Typer) -> None:
    """Add the commands."""
    command(collector, "trending", shows=("tenant",))(_trending)
    command(collector, "growth", shows=("tenant",))(_growth)
    command(collector, "leaders", shows=("tenant",))(_leaders)
    command(collector, "network", shows=("tenant",))(_network)


def _trending(terminal: Terminal, *, limit: Most = None) -> None:
    """Print who has gained the most followers within 24 hours."""
    found = _asked(terminal, "/api/trending", _Trending, limit)
    if found is None:
        return
    columns = [Column("USER"), Column("GAINED", is_number=True), Column("KNOWN", is_number=True)]
    rows = [(_name(u.did, u.handle), str(u.gained), str(u.followers)) for u in found.users]
    terminal.output.table(columns, rows)


def _growth(terminal: Terminal, *, limit: Most = None) -> None:
    """Print who grows the fastest, for how many followers were known before."""
    found = _asked(terminal, "/api/growth-velocity", _Growing, limit)
    if found is None:
        return
    columns = [
        Column("USER"),
        Column("GAINED", is_number=True),
        Column("BEFORE", is_number=True),
        Column("RATE", is_number=True),
    ]
    rows = [
        (_name(u.did, u.handle), str(u.gained), str(u.before), f"{u.rate:.1%}") for u in found.users
    ]
    terminal.output.table(columns, rows)


def _leaders(terminal: Terminal, *, limit: Most = None) -> None:
    """Print whose posts have got the most within 24 hours."""
    found = _asked(terminal, "/api/engagement-leaders", _Leading, limit)
    if found is None:
        return
    columns = [Column("USER"), *(Column(each, is_number=True) for each in _LEADER_COLUMNS)]
    rows = [
        (
            _name(u.did, u.handle),
            *map(str, (u.score, u.posts, u.likes, u.reposts, u.replies, u.quotes)),
        )
        for u in found.users
    ]
    terminal.output.table(columns, rows)


_LEADER_COLUMNS = ("SCORE", "POSTS", "LIKES", "REPOSTS", "REPLIES", "QUOTES")


def _network(terminal: Terminal) -> None:
    """Print what there is, and what posts of the last 24 hours are about."""
    found = _asked(terminal, "/api/network-stats", Network, None)
    if found is None:
        return
    line = terminal.output.line
    line(f"{found.users:,} users, {found.hidden_users:,} of them hidden")
    line(f"{found.records_per_hour:,.0f} records an hour")
    for name, counts in (
        ("COLLECTION", found.records),
        ("HASHTAG", found.hashtags),
        ("DOMAIN", found.domains),
    ):
        if counts:
            columns = [Column(name), Column("COUNT", is_number=True)]
            ordered = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
            terminal.output.table(columns, [(key, str(count)) for key, count in ordered])


def _asked(terminal: Terminal, path: str, kind: type[_T], limit: int | None) -> _T | None:
    """Return the answer; None where it has been printed as a document."""
    params = None if limit is None else {"limit": str(limit)}
    with terminal.http() as http:
        answer = http.send("GET", path, params=params)
    if terminal.output.wants_document:
        terminal.output.document(answer.data(msgspec.Raw))
        return None
    return answer.data(kind)


def _name(did: str, handle: str | None) -> str:
    return handle or did
