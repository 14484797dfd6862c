import re

import pytest

from tenantry.updater.model import TicketConfig
from tenantry.updater.rules.corpus.machines import MODELS
from tenantry.updater.rules.desk.machines import FIRST_KIND
from tenantry.updater.rules.desk.problem import (
    BY_TITLE,
    KINDS,
    PROBLEMS,
    SERVICES,
    Problem,
    problem_of,
    problems_of,
)
from tenantry.updater.rules.desk.skills import TRADES

ALL = [problem for problems in PROBLEMS.values() for problem in problems]


def test_every_type_that_can_be_configured_has_problems() -> None:
    types = TicketConfig().types_distribution.keys()

    assert PROBLEMS.keys() == SERVICES.keys() == types
    for ticket_type in types:
        assert len(problems_of(ticket_type, FIRST_KIND)) >= 2


def test_a_title_is_that_of_one_problem() -> None:
    assert len(BY_TITLE) == len(ALL)
    assert all(problem_of(one.ticket_type, one.title) is one for one in ALL)
    assert problem_of("paper_jam", "of an older version").ticket_type == "paper_jam"


@pytest.mark.parametrize("problem", ALL, ids=lambda problem: problem.title)
def test_texts_are_whole(problem: Problem) -> None:
    assert problem.description.count("{machine}") == 1
    texts = [problem.finding, problem.fixed, problem.eased]
    for text in (problem.description, *texts):
        assert text[0].isupper()
        assert text.endswith(".")
    assert not any("{" in text for text in texts)
    assert problem.title[0].isupper()
    assert not problem.title.endswith(".")


@pytest.mark.parametrize("problem", ALL, ids=lambda problem: problem.title)
def test_an_error_code_is_the_same_in_all_texts(problem: Problem) -> None:
    codes = [
        set(re.findall(r"E-\d{4}", text))
        for text in (problem.title, problem.description, problem.fixed, problem.eased)
    ]
    wanted = set(re.findall(r"E-\d{4}", problem.title))
    assert bool(wanted) is (problem.ticket_type == "error_codes")
    assert all(found <= wanted for found in codes)


def test_kinds_and_skills_are_known() -> None:
    assert set(KINDS.values()) == MODELS.keys()
    known = {skill for trade in TRADES for skill in trade.skills}
    assert {skill for service in SERVICES.values() for skill in service.skills} <= known


def test_only_what_has_parts_needs_them() -> None:
    partless = {"software_issue", "user_training"}
    for problem in ALL:
        if problem.ticket_type in partless:
            assert not problem.parts
        elif problem.ticket_type != "network_connectivity":
            assert problem.parts
        assert len(set(problem.parts)) == len(problem.parts)
