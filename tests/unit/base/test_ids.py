import re

from tenantry.base import new_id


def test_ids_are_128_random_bits_in_hexadecimal() -> None:
    ids = [new_id() for _ in range(1_000)]
    assert len(set(ids)) == 1_000
    assert all(re.fullmatch("[0-9a-f]{32}", id_) for id_ in ids)
