"""Events about users: which of them are news."""

import random

import pytest

from tenantry.collector.model import Account, CollectionFigures, Identity, KnownUser
from tenantry.collector.rules import user_figures, users_of

ANN = "did:plc:ann"
BOB = "did:plc:bob"


def identity(at_us: int, did: str = ANN) -> Identity:
    return Identity(did, at_us, at_us, handle=f"{at_us}.example")


def account(at_us: int, did: str = ANN) -> Account:
    return Account(did, at_us, at_us, is_active=False, status="deactivated")


def figures(events: int, stored: int) -> CollectionFigures:
    return CollectionFigures(events=events, stored=stored, duplicates=events - stored)


def test_what_is_later_than_all_that_is_known_is_news() -> None:
    known = {ANN: KnownUser(identity_at_us=5, account_at_us=0)}

    found = user_figures([identity(5), identity(6), identity(7, BOB), account(1)], known)

    assert found == {"identity": figures(3, 2), "account": figures(1, 1)}


def test_what_is_not_later_than_one_before_it_is_a_duplicate() -> None:
    found = user_figures([identity(7), identity(7), identity(6), identity(8)], {})
    assert found == {"identity": figures(4, 2)}


def test_nothing_is_said_of_what_did_not_come() -> None:
    assert user_figures([], {}) == {}


@pytest.mark.parametrize("seed", range(5))
def test_events_that_are_stored_are_duplicates_in_whatever_order_they_come_again(
    seed: int,
) -> None:
    rng = random.Random(seed)
    made = [identity(rng.randrange(1, 9), rng.choice([ANN, BOB])) for _ in range(20)]
    made += [identity(9, "did:plc:eve")]
    stored = users_of(made)
    known = {user.did: KnownUser(user.identity_at_us, user.account_at_us) for user in stored}

    rng.shuffle(made)

    assert user_figures(made, known) == {"identity": figures(len(made), 0)}
