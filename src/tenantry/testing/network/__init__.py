"""A made-up social network: people, whom they follow, what they post, and what happens next.

    network = GeneratedNetwork(7, users=500)
    network.people[0].handle            # "ada-novak-0.example"
    network.followers(0)                # indices into people
    events = network.events(10_000)     # commits, identities, accounts: a stream of the protocol

Everything is a function of the seed and the size: nothing is read, nothing is random twice, and
nobody is real. It knows neither the collector nor a server; `expected_records` says what a stream
leaves behind, computed by itself, to hold against what was stored.
"""

from tenantry.testing.network.event import (
    Operation,
    Sent,
    SentAccount,
    SentCommit,
    SentIdentity,
    SentSync,
)
from tenantry.testing.network.expected import (
    ExpectedRecord,
    ExpectedUser,
    expected_records,
    expected_users,
)
from tenantry.testing.network.network import START_US, GeneratedNetwork
from tenantry.testing.network.people import Person
from tenantry.testing.network.posts import Post
from tenantry.testing.network.spelling import iso_ms, iso_us, made_cid, tid

__all__ = [
    "START_US",
    "ExpectedRecord",
    "ExpectedUser",
    "GeneratedNetwork",
    "Operation",
    "Person",
    "Post",
    "Sent",
    "SentAccount",
    "SentCommit",
    "SentIdentity",
    "SentSync",
    "expected_records",
    "expected_users",
    "iso_ms",
    "iso_us",
    "made_cid",
    "tid",
]
