"""How a session begins and ends: what is made up of it, what is kept, and what the log says."""

import secrets
from typing import NamedTuple

from tenantry.base import Principal
from tenantry.db import Transaction
from tenantry.eventlog import StreamAppend
from tenantry.tenants import rules
from tenantry.tenants.model import SESSION_PREFIX, Person, Session, SessionEnded
from tenantry.tenants.service.ledger import stream_append
from tenantry.tenants.store import credentials


class Opening(NamedTuple):
    """A session that is being made: what is kept of it, and what its holder is told."""

    person: Person
    session: Session
    token: rules.Token
    text: str
    now: int
    source: str

    def __repr__(self) -> str:
        return "Opening(…)"

    def insert(self, tx: Transaction, password_hash: str | None) -> bool:
        """Store it; False where the user has another password by now, or is no member."""
        return credentials.insert_session(
            tx,
            self.session,
            secret_hash=self.token.digest,
            password_hash=password_hash or "",
            created_at=self.now,
            source=self.source,
        )


def make_up(person: Person, tenant_id: str, *, now: int, expires_at: int, source: str) -> Opening:
    """Make up a session, which is none before it is stored."""
    token, text = rules.make_token(
        "session",
        random_id=secrets.token_bytes(rules.ID_BYTES),
        random_secret=secrets.token_bytes(rules.SECRET_BYTES),
    )
    session = Session(
        tenant_id=tenant_id, session_id=token.id, user_id=person.id, expires_at=expires_at
    )
    return Opening(person, session, token, text, now, source)


def session_ended(principal: Principal, session: Session) -> StreamAppend:
    """Return the event that says that a session is over before its time."""
    return stream_append(
        principal,
        SessionEnded(session_id=session.session_id, user_id=session.user_id),
        stream=SESSION_PREFIX + session.session_id,
        subject=session.user_id,
        kind="Session",
    )
