import re
from itertools import product

from tenantry.updater.model import GenerationConfig
from tenantry.updater.rules import identity
from tenantry.updater.rules.corpus import companies, people
from tenantry.updater.rules.draw import Draw, draw_for
from tests.unit.updater.well_known import PEOPLE, WELL_KNOWN

MANY = 20_000


def draw(number: int) -> Draw:
    return draw_for(11, "test", "slot", str(number))


def test_nobody_has_a_number_that_is_made_up() -> None:
    for number in range(500):
        each = draw(number)
        where = identity.place(each)
        phone = identity.phone(each, where)
        assert re.fullmatch(r"\(\d{3}\) 555-01\d\d", phone)
        assert phone[1:4] in where.area_codes


def test_an_address_is_in_its_place() -> None:
    for number in range(500):
        each = draw(number)
        where = identity.place(each)
        address = identity.address(each, where)
        assert (address.city, address.state) == (where.city, where.state)
        assert address.postal_code in where.postal_codes
        assert re.match(r"\d+ \w+ \w+", address.line1)


def test_an_email_says_whose_it_is_and_where_they_work() -> None:
    person = identity.Person("Ana", "Lopez")

    assert person.name == "Ana Lopez"
    assert person.email(identity.domain("Reyes & Stein Law Group")) == (
        "ana.lopez@reyes-stein-law-group.example"
    )
    assert identity.website("Oakdale Dental Partners") == (
        "https://www.oakdale-dental-partners.example"
    )


def test_no_company_can_be_called_like_one_that_everybody_knows() -> None:
    kinds = {kind for kinds in companies.COMPANY_KINDS.values() for kind in kinds}
    kinds.update(companies.OTHER_KINDS)
    starts = [start + end for start, end in product(companies.STEM_STARTS, companies.STEM_ENDS)]
    names = {f"{stem} {kind}" for stem, kind in product([*starts, *people.LAST_NAMES], kinds)}

    assert {name for name in names if name.lower() in WELL_KNOWN} == set()


def test_companies_have_names_of_their_own() -> None:
    industries = [*GenerationConfig().leads.industry_distribution, "unheard_of"]
    names = {
        identity.company(draw(number), industries[number % len(industries)])
        for number in range(MANY)
    }

    assert not {name.lower() for name in names} & WELL_KNOWN
    assert len(names) > MANY * 0.8


def test_nobody_is_called_like_somebody_whom_everybody_knows() -> None:
    names = {f"{first} {last}" for first, last in product(people.FIRST_NAMES, people.LAST_NAMES)}

    assert PEOPLE & names <= people.SCREENED <= names
    assert not {identity.person(draw(number)).name for number in range(MANY)} & people.SCREENED


def test_every_domain_is_one_that_nobody_can_have() -> None:
    for number in range(500):
        domain = identity.domain(identity.company(draw(number), "legal"))
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*\.example", domain)
        assert all(len(label) <= 63 for label in domain.split("."))


def test_the_same_draw_is_the_same_person() -> None:
    assert identity.person(draw(3)) == identity.person(draw(3))
    assert len({identity.person(draw(number)) for number in range(1000)}) > 980
