"""`clients lint`: what is wrong with clients although they may be applied."""

from collections.abc import Iterator, Sequence

import msgspec
import typer

from tenantry.clients.commands.address import PathsOrKeys, path_of
from tenantry.clients.commands.checking import split
from tenantry.clients.commands.source import Declared, Unread, read, tell_unread
from tenantry.clients.commands.trouble_lines import finding_pieces
from tenantry.clients.model import Finding
from tenantry.terminal import ExitCode, Piece, Terminal, command, stop_with


class _Found(msgspec.Struct):
    findings: list[Finding]


def add_lint(clients: typer.Typer) -> None:
    """Add `clients lint`."""
    command(clients, "lint", has_sarif=True)(_lint)


def _lint(terminal: Terminal, what: PathsOrKeys) -> None:
    """Find what is wrong with clients, without a server, also in files that are not valid.

    Dead links, pages that nobody can reach, components without a version and the like, each with
    its JSON path, and what to write instead where that is clear. Placeholders stay what they are,
    so no variable has to be set. It exits with 1 where there are errors; warnings alone are none.
    A key in the place of a path has the server look at what it has. With -o sarif it prints what
    code hosts show beside the lines.
    """
    paths, keys = split(terminal, what)
    declared, unread = read(terminal, paths) if paths else ([], [])
    findings = [*_look_at(declared), *_ask(terminal, keys)]

    _show(terminal, findings, unread)
    tell_unread(terminal, unread)
    if unread or any(finding.severity == "error" for finding in findings):
        raise stop_with(ExitCode.ERROR)


def _look_at(declared: Sequence[Declared]) -> Iterator[Finding]:
    from tenantry.clients.rules.lint import lint_declared

    names = [set(_components_of(each)) for each in declared]
    first: dict[tuple[str, str], str] = {}
    for place, each in enumerate(declared):
        whose = (str(each.raw.get("tenant", "")), each.key)
        if whose in first:
            yield _declared_twice(each, first[whose])
        elif each.key:
            first[whose] = each.origin
        others = set().union(*names[:place], *names[place + 1 :])
        yield from lint_declared(each.raw, client=each.key, registered=others, file=each.origin)


def _declared_twice(declared: Declared, first: str) -> Finding:
    return Finding(
        code="duplicate-key",
        severity="error",
        client=declared.key,
        path="$.key",
        message=f"{first} declares {declared.key} too",
        file=declared.origin,
    )


def _components_of(declared: Declared) -> Iterator[str]:
    """Yield the components that a client declares, as far as they can be read."""
    components = declared.raw.get("components")
    for component in components if isinstance(components, list) else ():
        if isinstance(component, dict):
            space, name, version = (component.get(k) for k in ("nameSpace", "name", "version"))
            yield f"{space}.{name}@{version}"


def _ask(terminal: Terminal, keys: Sequence[str]) -> Iterator[Finding]:
    if not keys:
        return
    with terminal.http() as http:
        for key in keys:
            yield from http.send("GET", path_of(key, "lint")).data(_Found).findings


def _show(terminal: Terminal, findings: Sequence[Finding], unread: Sequence[Unread]) -> None:
    output = terminal.output
    if output.form == "sarif":
        from tenantry.clients.rules.sarif import sarif

        output.document(sarif(findings))
    elif output.wants_document:
        # Which file it is, a program knows by the client.
        output.document([msgspec.structs.replace(each, file="") for each in findings])
    else:
        output.lines((Piece(f"{_place_of(each)}: "), *finding_pieces(each)) for each in findings)
        if not (findings or unread):
            output.line("nothing found")
        elif findings:
            errors = sum(each.severity == "error" for each in findings)
            warnings = len(findings) - errors
            output.message(f"{_counted(errors, 'error')}, {_counted(warnings, 'warning')}")


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _place_of(finding: Finding) -> str:
    return finding.file or finding.client
