"""Tokens: made, taken apart, and proven by what is kept of them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantry.tenants.rules import ID_BYTES, SECRET_BYTES, make_token, read_token
from tenantry.tenants.rules.tokens import TokenKind, digest_of

KINDS: st.SearchStrategy[TokenKind] = st.sampled_from(["key", "session"])
IDS = st.binary(min_size=ID_BYTES, max_size=ID_BYTES)
SECRETS = st.binary(min_size=SECRET_BYTES, max_size=SECRET_BYTES)
FORM = re.compile(r"tn[ks]_[a-z2-7]{16}_[A-Za-z0-9_-]{43}")
TEXT = "tnk_aaaaaaaaaaaaaaaa_" + "A" * 43


@given(kind=KINDS, random_id=IDS, random_secret=SECRETS)
def test_a_token_is_read_as_it_was_made(
    kind: TokenKind, random_id: bytes, random_secret: bytes
) -> None:
    made, text = make_token(kind, random_id=random_id, random_secret=random_secret)

    assert FORM.fullmatch(text)
    assert text.startswith({"key": "tnk_", "session": "tns_"}[kind])
    assert read_token(text.encode()) == made
    assert made.is_proven_by(made.digest)
    assert made.grant == f"{kind}:{made.id}"


@given(one=st.tuples(KINDS, IDS, SECRETS), other=st.tuples(KINDS, IDS, SECRETS))
def test_two_tokens_are_the_same_only_where_all_of_them_is(
    one: tuple[TokenKind, bytes, bytes], other: tuple[TokenKind, bytes, bytes]
) -> None:
    texts = [
        make_token(kind, random_id=random_id, random_secret=secret)[1]
        for kind, random_id, secret in (one, other)
    ]

    assert (texts[0] == texts[1]) == (one == other)


@given(secret=SECRETS, other=SECRETS)
def test_a_token_is_proven_by_its_own_digest_alone(secret: bytes, other: bytes) -> None:
    token, _ = make_token("key", random_id=bytes(ID_BYTES), random_secret=secret)
    second, _ = make_token("key", random_id=bytes(ID_BYTES), random_secret=other)

    assert token.is_proven_by(second.digest) == (secret == other)


@given(st.binary(max_size=80))
def test_what_is_read_at_all_is_a_whole_token(text: bytes) -> None:
    found = read_token(text)

    assert (found is not None) == bool(re.fullmatch(FORM.pattern.encode(), text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        TEXT.upper(),
        TEXT[:-1],
        TEXT + "A",
        TEXT + "\n",
        " " + TEXT,
        TEXT.replace("tnk", "tnx"),
        TEXT.replace("_", "-", 1),
        TEXT.replace("a", "1", 1),
        TEXT[:-1] + "=",
        TEXT[:-1] + "\xff",
    ],
)
def test_what_is_no_token_is_none(text: str) -> None:
    assert read_token(text.encode("latin-1")) is None


def test_a_token_does_not_show_its_secret() -> None:
    token = read_token(TEXT.encode())

    assert token is not None
    assert repr(token) == "Token(key, aaaaaaaaaaaaaaaa)"
    assert token.digest == digest_of(b"A" * 43)
