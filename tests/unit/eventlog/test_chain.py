from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantry.eventlog.chain import GENESIS, chain_hash

COLUMNS: dict[str, Any] = {
    "previous": GENESIS,
    "position": 1,
    "tenant_id": "acme",
    "stream": "config-a",
    "version": 1,
    "type_": "configs.value_set.v1",
    "data": b'{"value":"\xc3\xa9"}',
    "metadata": b"{}",
    "recorded_at": 1_705_314_600_000_000,
}


def test_the_hash_is_the_sha256_of_every_column_in_order() -> None:
    written = (
        bytes(32)
        + (1).to_bytes(8)
        + (4).to_bytes(4)
        + b"acme"
        + (8).to_bytes(4)
        + b"config-a"
        + (1).to_bytes(8)
        + (20).to_bytes(4)
        + b"configs.value_set.v1"
        + (14).to_bytes(4)
        + b'{"value":"\xc3\xa9"}'
        + (2).to_bytes(4)
        + b"{}"
        + (1_705_314_600_000_000).to_bytes(8)
    )
    assert chain_hash(**COLUMNS) == sha256(written).digest()


@pytest.mark.parametrize(
    "column, other",
    [
        ("previous", b"\x01" * 32),
        ("position", 2),
        ("tenant_id", "acmf"),
        ("stream", "config-b"),
        ("version", 2),
        ("type_", "configs.value_set.v2"),
        ("data", b"{}"),
        ("metadata", b"[]"),
        ("recorded_at", 1_705_314_600_000_001),
    ],
)
def test_every_column_counts(column: str, other: object) -> None:
    assert chain_hash(**{**COLUMNS, column: other}) != chain_hash(**COLUMNS)


@given(st.text(max_size=8), st.text(max_size=8), st.text(max_size=8), st.text(max_size=8))
def test_no_letter_can_move_from_one_column_to_the_next(a: str, b: str, c: str, d: str) -> None:
    one = chain_hash(**{**COLUMNS, "tenant_id": a, "stream": b})
    other = chain_hash(**{**COLUMNS, "tenant_id": c, "stream": d})
    assert (one == other) == ((a, b) == (c, d))
