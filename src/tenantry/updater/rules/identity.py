"""Made-up people and companies: nobody can be called, written to or visited by what is here.

Telephone numbers end on 555-01NN, which the North American plan keeps for fiction, and every
domain is under .example (RFC 2606).
"""

import re
from typing import Final

import msgspec

from tenantry.updater.rules.corpus.companies import (
    COMPANY_KINDS,
    JOB_TITLES,
    OTHER_KINDS,
    OTHER_TITLES,
    STEM_ENDS,
    STEM_STARTS,
    STREET_KINDS,
    STREETS,
    SUITES,
)
from tenantry.updater.rules.corpus.people import FIRST_NAMES, LAST_NAMES, SCREENED
from tenantry.updater.rules.corpus.places import PLACES, Place
from tenantry.updater.rules.draw import Draw

_NOT_IN_A_LABEL: Final = re.compile("[^a-z0-9]+")
# One company in three is named after somebody, and one address in three has a suite.
_THIRD: Final = 3


class Person(msgspec.Struct, frozen=True):
    """A person's name, and the addresses that go with it."""

    first: str
    last: str

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first} {self.last}"

    @property
    def local_part(self) -> str:
        """What stands before the @ of the person's addresses."""
        return f"{self.first}.{self.last}".lower()

    def email(self, domain: str) -> str:
        """Return the person's address at a domain."""
        return f"{self.local_part}@{domain}"


class Address(msgspec.Struct, frozen=True):
    """Where something stands; the parts belong together."""

    line1: str
    city: str
    state: str
    postal_code: str


def person(draw: Draw) -> Person:
    """Return somebody, and nobody who is well known."""
    made = Person(draw.pick(FIRST_NAMES), draw.pick(LAST_NAMES))
    while made.name in SCREENED:
        made = Person(made.first, draw.pick(LAST_NAMES))
    return made


def company(draw: Draw, industry: str) -> str:
    """Return the name of a company of an industry."""
    if draw.below(_THIRD):
        stem = draw.pick(STEM_STARTS) + draw.pick(STEM_ENDS)
    elif industry == "legal":
        stem = f"{draw.pick(LAST_NAMES)} & {draw.pick(LAST_NAMES)}"
    else:
        stem = draw.pick(LAST_NAMES)
    return f"{stem} {draw.pick(COMPANY_KINDS.get(industry, OTHER_KINDS))}"


def job_title(draw: Draw, industry: str) -> str:
    """Return the title of somebody who may buy in an industry."""
    return draw.pick(JOB_TITLES.get(industry, OTHER_TITLES))


def domain(company_name: str) -> str:
    """Return the domain of a company, of its name and under .example."""
    return f"{_NOT_IN_A_LABEL.sub('-', company_name.lower()).strip('-')}.example"


def website(company_name: str) -> str:
    """Return the address of a company's site."""
    return f"https://www.{domain(company_name)}"


def place(draw: Draw) -> Place:
    """Return a city."""
    return draw.pick(PLACES)


def phone(draw: Draw, where: Place) -> str:
    """Return a telephone number of a place that nobody has."""
    return f"({draw.pick(where.area_codes)}) 555-01{draw.below(100):02d}"


def address(draw: Draw, where: Place) -> Address:
    """Return an address in a place."""
    line = f"{draw.between(100, 9899)} {draw.pick(STREETS)} {draw.pick(STREET_KINDS)}"
    if not draw.below(_THIRD):
        line = f"{line}, {draw.pick(SUITES)} {draw.between(2, 40)}"
    return Address(line, where.city, where.state, draw.pick(where.postal_codes))
