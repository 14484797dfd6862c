"""What can be wrong with a machine: what is reported, what it takes, and what was done about it."""

from typing import Final

import msgspec

from tenantry.updater.rules.corpus import faults, requests, supplies

KINDS: Final = {
    "c": "copier",
    "p": "printer",
    "r": "production_press",
    "w": "wide_format",
    "s": "scanner",
}


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One problem; its title is its own.

    `fixed` is what was done with the parts, `eased` what was done where none were needed, and
    `finding` what the technician notes while at it. Texts name the machine as `{machine}`.
    """

    ticket_type: str
    title: str
    kinds: tuple[str, ...]
    parts: tuple[str, ...]
    description: str
    finding: str
    fixed: str
    eased: str


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """What a type of ticket takes: skills, minutes, and whether monitoring would notice it."""

    skills: tuple[str, ...]
    minutes: int
    is_monitored: bool = False


SERVICES: Final[dict[str, Service]] = {
    "paper_jam": Service(
        skills=("mechanical_repair", "paper_path_troubleshooting"), minutes=60, is_monitored=True
    ),
    "quality_issue": Service(skills=("print_quality", "color_calibration"), minutes=90),
    "network_connectivity": Service(skills=("network_configuration",), minutes=45),
    "preventive_maintenance": Service(
        skills=("preventive_maintenance", "mechanical_repair"), minutes=120, is_monitored=True
    ),
    "error_codes": Service(
        skills=("error_diagnostics", "electronics_repair"), minutes=75, is_monitored=True
    ),
    "toner_replacement": Service(
        skills=("consumables_replacement",), minutes=30, is_monitored=True
    ),
    "drum_replacement": Service(
        skills=("consumables_replacement", "imaging_unit_service"), minutes=60, is_monitored=True
    ),
    "software_issue": Service(skills=("driver_configuration", "print_server"), minutes=60),
    "user_training": Service(skills=("user_training",), minutes=90),
    "hardware_failure": Service(skills=("electronics_repair", "mechanical_repair"), minutes=180),
}
"""By type of ticket; whoever has all the skills can do it."""


def _read(ticket_type: str, text: str) -> tuple[Problem, ...]:
    """Read problems: blocks of lines, first the title with its kinds and parts."""
    problems = list[Problem]()
    for block in text.strip().split("\n\n"):
        head, description, finding, fixed, eased = (
            line.strip() for line in block.strip().splitlines()
        )
        title, kinds, parts = (part.strip() for part in head.split("|"))
        problems.append(
            Problem(
                ticket_type=ticket_type,
                title=title,
                kinds=tuple(KINDS[letter] for letter in kinds),
                parts=tuple(parts.split()),
                description=description,
                finding=finding,
                fixed=fixed,
                eased=eased,
            )
        )
    return tuple(problems)


PROBLEMS: Final[dict[str, tuple[Problem, ...]]] = {
    ticket_type: _read(ticket_type, text)
    for texts in (faults.TEXTS, supplies.TEXTS, requests.TEXTS)
    for ticket_type, text in texts.items()
}
"""By type of ticket."""

BY_TITLE: Final[dict[str, Problem]] = {
    problem.title: problem for problems in PROBLEMS.values() for problem in problems
}

_BY_KIND: Final[dict[tuple[str, str], tuple[Problem, ...]]] = {
    (ticket_type, kind): tuple(one for one in problems if kind in one.kinds)
    for ticket_type, problems in PROBLEMS.items()
    for kind in KINDS.values()
}


def problems_of(ticket_type: str, kind: str) -> tuple[Problem, ...]:
    """Return what of a type can be wrong with a machine of a kind; may be nothing."""
    return _BY_KIND.get((ticket_type, kind), ())


def problem_of(ticket_type: str, title: str) -> Problem:
    """Return the problem of a ticket, or where its title is not known, one of its type."""
    return BY_TITLE.get(title) or PROBLEMS[ticket_type][0]
