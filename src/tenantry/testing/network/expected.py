"""What a stream leaves behind: the latest of everything, whatever order it came in."""

from collections.abc import Iterable

import msgspec

from tenantry.testing.network.event import Sent, SentAccount, SentCommit, SentIdentity

RecordKey = tuple[str, str, str]
"""DID, collection and rkey."""


class ExpectedRecord(msgspec.Struct, frozen=True, gc=False):
    """A record as its latest commit left it; one that was deleted has its `rev` and no more."""

    did: str
    collection: str
    rkey: str
    rev: str
    is_deleted: bool = False
    cid: str | None = None
    record: bytes | None = None


class ExpectedUser(msgspec.Struct, frozen=True, gc=False):
    """Somebody who was seen, by their latest identity and account; times are 0 where none came."""

    did: str
    handle: str | None = None
    identity_at_us: int = 0
    is_active: bool = True
    status: str = "active"
    account_at_us: int = 0


def expected_records(events: Iterable[Sent]) -> dict[RecordKey, ExpectedRecord]:
    """Return what is stored of `events`: per record, the commit with the greatest `rev`."""
    latest: dict[RecordKey, SentCommit] = {}
    for event in events:
        if isinstance(event, SentCommit):
            key = (event.did, event.collection, event.rkey)
            known = latest.get(key)
            if known is None or event.rev > known.rev:
                latest[key] = event
    return {key: _record(commit) for key, commit in latest.items()}


def expected_users(events: Iterable[Sent]) -> dict[str, ExpectedUser]:
    """Return who is known of `events`, by DID; of equally late events the first stays."""
    users: dict[str, ExpectedUser] = {}
    for event in events:
        user = users.setdefault(event.did, ExpectedUser(event.did))
        if isinstance(event, SentIdentity) and event.at_us > user.identity_at_us:
            users[event.did] = msgspec.structs.replace(
                user, handle=event.handle, identity_at_us=event.at_us
            )
        elif isinstance(event, SentAccount) and event.at_us > user.account_at_us:
            users[event.did] = msgspec.structs.replace(
                user,
                is_active=event.is_active,
                status=event.status or "active",
                account_at_us=event.at_us,
            )
    return users


def _record(commit: SentCommit) -> ExpectedRecord:
    return ExpectedRecord(
        did=commit.did,
        collection=commit.collection,
        rkey=commit.rkey,
        rev=commit.rev,
        is_deleted=commit.operation == "delete",
        cid=commit.cid,
        record=commit.record,
    )
