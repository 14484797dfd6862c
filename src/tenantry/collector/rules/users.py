"""Events about users: what they say together, and what of it is news.

As with records the latest wins, by the time that orders events about a user, whatever comes first.
"""

from collections.abc import Iterable, Mapping, Sequence

from tenantry.collector.model import Account, CollectionFigures, Identity, KnownUser, User


def users_of(events: Iterable[Identity | Account]) -> tuple[User, ...]:
    """Return what `events` say of users: of each, by the latest of either kind; the first of two.

    What no event told has the time 0, so it takes the place of nothing that is known.
    """
    identities: dict[str, Identity] = {}
    accounts: dict[str, Account] = {}
    for event in events:
        if isinstance(event, Identity):
            if event.at_us > identities.setdefault(event.did, event).at_us:
                identities[event.did] = event
        elif event.at_us > accounts.setdefault(event.did, event).at_us:
            accounts[event.did] = event
    return tuple(
        _user(did, identities.get(did), accounts.get(did))
        for did in dict.fromkeys((*identities, *accounts))
    )


def _user(did: str, identity: Identity | None, account: Account | None) -> User:
    return User(
        did=did,
        handle=None if identity is None else identity.handle,
        identity_at_us=0 if identity is None else identity.at_us,
        is_active=account is None or account.is_active,
        status="active" if account is None else account.status,
        account_at_us=0 if account is None else account.at_us,
    )


def user_figures(
    events: Sequence[Identity | Account], known: Mapping[str, KnownUser]
) -> dict[str, CollectionFigures]:
    """Return what comes of `events` where `known` is stored of users, by DID.

    An event that is not later than what is known, or than one before it, is a duplicate.
    """
    latest = {
        "identity": {did: each.identity_at_us for did, each in known.items()},
        "account": {did: each.account_at_us for did, each in known.items()},
    }
    counts = {kind: [0, 0] for kind in latest}
    for event in events:
        kind = "identity" if isinstance(event, Identity) else "account"
        count, times = counts[kind], latest[kind]
        count[0] += 1
        if event.at_us > times.get(event.did, 0):
            times[event.did] = event.at_us
            count[1] += 1
    return {
        kind: CollectionFigures(events=came, stored=news, duplicates=came - news)
        for kind, (came, news) in counts.items()
        if came
    }
