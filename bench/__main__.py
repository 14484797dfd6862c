"""`python -m bench [SUITE ...] [--quick] [-o json]`; without one, every suite."""

import argparse
import sys
import time
from collections.abc import Callable
from typing import Final

from bench import (
    clients,
    collector,
    contention,
    cron,
    http,
    log,
    reliability,
    replica,
    startup,
    sync,
    updater,
    watch,
)
from bench.figure import Figure
from bench.machine import describe_machine
from bench.plan import FULL, QUICK, Plan
from bench.report import as_json, render

SUITES: Final[dict[str, Callable[[Plan, Callable[[str], None]], list[Figure]]]] = {
    "log": log.measure,
    "startup": startup.measure,
    "http": http.measure,
    "contention": contention.measure,
    "watch": watch.measure,
    "replica": replica.measure,
    "reliability": reliability.measure,
    "clients": clients.measure,
    "sync": sync.measure,
    "cron": cron.measure,
    "updater": updater.measure,
    "collector": collector.measure,
}


def main() -> int:
    """Measure what was asked for and print it; progress goes to standard error."""
    arguments = _parse()
    machine = describe_machine()
    started_at = time.monotonic()

    def tell(line: str) -> None:
        print(f"[{time.monotonic() - started_at:5.0f} s] {line}", file=sys.stderr, flush=True)

    plan = QUICK if arguments.quick else FULL
    chosen = [name for name in SUITES if name in (arguments.suites or SUITES)]
    figures = [figure for name in chosen for figure in SUITES[name](plan, tell)]
    tell("done")

    if arguments.output == "json":
        print(as_json(machine, figures))
    else:
        print(render(machine, figures))
    return 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("suites", nargs="*", metavar="SUITE", help=", ".join(SUITES))
    parser.add_argument("--quick", action="store_true", help="small counts, in less than a minute")
    parser.add_argument("-o", "--output", choices=["table", "json"], default="table")
    arguments = parser.parse_args()
    if unknown := set(arguments.suites) - set(SUITES):
        parser.error(f"no such suite: {', '.join(sorted(unknown))}; there are {', '.join(SUITES)}")
    return arguments


if __name__ == "__main__":
    sys.exit(main())
