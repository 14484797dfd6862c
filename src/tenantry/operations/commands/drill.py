"""`drill`: failures on purpose, and whether the server gets over them."""

import contextlib
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

import msgspec
import typer

from tenantry.operations.model import MECHANISMS, STEPS, Mechanism
from tenantry.terminal import ExitCode, Terminal, Unreachable, command, stop_with

_Sabotage = Annotated[
    str | None,
    typer.Option(
        "--sabotage",
        help=f"Take a mechanism out of order, to see the drill fail: {', '.join(MECHANISMS)}.",
        metavar="MECHANISM",
        show_default=False,
    ),
]

_Only = Annotated[
    list[str] | None,
    typer.Option(
        "--only",
        help=f"Only this step, and others named in the same way: {', '.join(STEPS)}.",
        metavar="STEP",
        show_default=False,
    ),
]


def add_drill(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "drill")(_drill)


def _drill(terminal: Terminal, *, only: _Only = None, sabotage: _Sabotage = None) -> None:
    """Break one thing after another on purpose, and see whether the server gets over it.

    It breaks nothing of anybody else's: reads, a breaker and a limiter of its own fail, a worker is
    killed that comes back. Exits with 1 and names what did not work. Where no server runs, this
    process is one for as long as it takes.
    """
    # What a drill needs is loaded by nothing else.
    from tenantry.operations.commands.drill_site import Site
    from tenantry.operations.commands.drill_steps import run_steps

    sabotaged, steps = _mechanism(sabotage), _steps(only)
    results = []
    with terminal.http() as http:
        site = Site(http)
        body = msgspec.json.encode({"sabotaged": sabotaged})
        http.send("POST", "/api/drill/begin", body=body)
        try:
            for result in run_steps(site, steps, sabotaged=sabotaged):
                results.append(result)
                if not terminal.output.wants_document:
                    terminal.output.line(_line(result))
        finally:
            # Who cannot be reached any more keeps nobody from what was seen so far.
            with contextlib.suppress(Unreachable):
                http.send("POST", "/api/drill/end")

    _tell(terminal, results)


def _mechanism(name: str | None) -> Mechanism | None:
    for mechanism in MECHANISMS:
        if mechanism == name:
            return mechanism
    if name is not None:
        raise typer.BadParameter(f"{name}: wants one of {', '.join(MECHANISMS)}")
    return None


def _steps(only: list[str] | None) -> tuple[str, ...]:
    """Return the names of the steps to run, in their own order."""
    unknown = [name for name in only or () if name not in STEPS]
    if unknown:
        raise typer.BadParameter(f"{unknown[0]}: wants one of {', '.join(STEPS)}")
    return tuple(name for name in STEPS if not only or name in only)


def _tell(terminal: Terminal, results: list[Any]) -> None:
    summary = _summary(results)
    failed = [result.name for result in results if not result.is_passed]
    if terminal.output.wants_document:
        terminal.output.document({"ok": not failed, "steps": results, "summary": summary})
    else:
        terminal.output.line("")
        for title, outcome in summary.items():
            terminal.output.line(f"{_sign(is_good=outcome == 'passed')} {title}: {outcome}")

    if failed:
        terminal.output.error(f"did not work: {', '.join(failed)}", code="drill_failed")
        raise stop_with(ExitCode.ERROR)


def _summary(results: Iterable[Any]) -> Mapping[str, str]:
    """Return the outcome of each group of steps, under the name that it has for operators."""
    summary: dict[str, str] = {}
    for result in results:
        passed_so_far = summary.get(result.title, "passed") == "passed"
        summary[result.title] = "passed" if passed_so_far and result.is_passed else "failed"
    return summary


def _line(result: Any) -> str:
    lacks = [
        word
        for word, is_so in (
            ("not detected", result.is_detected),
            ("not survived", result.is_survived),
            ("not recovered", result.is_recovered),
        )
        if not is_so
    ]
    outcome = ", ".join(lacks) or "detected, survived, recovered"
    return f"{_sign(is_good=result.is_passed)} {result.name}: {outcome}\n   {result.evidence}"


def _sign(*, is_good: bool) -> str:
    return "✅" if is_good else "❌"
