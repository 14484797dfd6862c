import re

import pytest

from tenantry.updater.model import GenerationConfig
from tenantry.updater.rules.corpus import CORPUS_VERSION, companies, corpus_hash, people, touches
from tenantry.updater.rules.corpus.places import PLACES

# The first three digits of the postal codes of each state, of the Postal Service's table.
STATE_PREFIXES = {
    "AL": "350-369",
    "AR": "716-729",
    "AZ": "850-865",
    "CA": "900-961",
    "CO": "800-816",
    "CT": "060-069",
    "DC": "200-205",
    "FL": "320-349",
    "GA": "300-319",
    "IA": "500-528",
    "ID": "832-838",
    "IL": "600-629",
    "IN": "460-479",
    "KS": "660-679",
    "KY": "400-427",
    "LA": "700-714",
    "MA": "010-027",
    "MD": "206-219",
    "ME": "039-049",
    "MI": "480-499",
    "MN": "550-567",
    "MO": "630-658",
    "MT": "590-599",
    "NC": "270-289",
    "NE": "680-693",
    "NH": "030-038",
    "NJ": "070-089",
    "NM": "870-884",
    "NV": "889-898",
    "NY": "100-149",
    "OH": "430-459",
    "OK": "730-749",
    "OR": "970-979",
    "PA": "150-196",
    "RI": "028-029",
    "SC": "290-299",
    "TN": "370-385",
    "TX": "750-799",
    "UT": "840-847",
    "VA": "220-246",
    "VT": "050-059",
    "WA": "980-994",
    "WI": "530-549",
}


def test_every_postal_code_is_one_of_its_state() -> None:
    for place in PLACES:
        low, high = STATE_PREFIXES[place.state].split("-")
        for code in place.postal_codes:
            assert re.fullmatch(r"\d{5}", code)
            assert low <= code[:3] <= high, (place, code)


def test_an_area_code_is_of_one_state_only() -> None:
    states = dict[str, str]()
    for place in PLACES:
        for code in place.area_codes:
            assert re.fullmatch(r"[2-9]\d\d", code)
            assert states.setdefault(code, place.state) == place.state


def test_there_are_enough_of_everything_and_nothing_twice() -> None:
    assert len(PLACES) >= 60
    assert len({(place.city, place.state) for place in PLACES}) == len(PLACES)
    for names in (people.FIRST_NAMES, people.LAST_NAMES):
        assert len(names) >= 250
        assert len(set(names)) == len(names)


def test_every_industry_that_is_declared_has_names_and_titles() -> None:
    declared = GenerationConfig().leads.industry_distribution.keys()

    assert companies.COMPANY_KINDS.keys() == declared
    assert companies.JOB_TITLES.keys() == declared


def test_everything_is_ascii() -> None:
    for module in (companies, people, touches):
        for name, value in vars(module).items():
            if name.isupper():
                assert repr(value).isascii(), name
    assert repr(PLACES).isascii()


# Whoever changes a list gives it another version, and writes the hash of it here.
HASHES = {"2026.1": "a23ec0740297a40977faeb6cff89d16242f9b696c2d8366babd6ba84f27cc834"}


@pytest.mark.parametrize("version", [CORPUS_VERSION])
def test_lists_that_change_are_of_another_version(version: str) -> None:
    assert corpus_hash() == HASHES[version]


def test_there_are_words_for_everything_that_can_come_of_an_activity() -> None:
    kinds = GenerationConfig().activities.types_distribution.keys()

    assert touches.SUBJECTS.keys() == touches.DESCRIPTIONS.keys() == kinds
    for kind, outcomes in touches.NEXT_ACTIONS.items():
        assert outcomes.keys() <= touches.DESCRIPTIONS[kind].keys()
    for reasons in touches.LOSS_REASONS_BY_STAGE.values():
        assert set(reasons) <= touches.LOSS_REASONS.keys()
