"""The shared vectors of several programs: those whose meaning is ours hold, the others do not."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from tenantry.scheduling import Cron, CronError, Fires
from tests.support.cron_times import us
from tests.support.cron_vectors import NOT_CLAIMED, VECTORS

pytestmark = pytest.mark.skipif(not VECTORS.exists(), reason="the shared vectors are not here")


def _vectors() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = msgspec.json.decode(VECTORS.read_bytes())
    return found


def test_every_vector_holds_or_is_listed_with_its_reason() -> None:
    vectors = _vectors()
    not_claimed = {id_ for ids in NOT_CLAIMED.values() for id_ in ids}
    failing = {vector["id"] for vector in vectors if not _holds(vector)}

    assert len(vectors) > 90
    assert failing == not_claimed & {vector["id"] for vector in vectors}


def _holds(vector: dict[str, Any]) -> bool:
    never = vector["expected_next"] is None or vector.get("never_fires", False)
    try:
        fires = Fires(Cron.parse(vector["expr"]), vector["tz"])
    except CronError:
        return never
    if never:
        return False
    expected = [_instant(text, vector["tz"]) for text in vector["expected_next"]]
    return fires.upcoming(_instant(vector["start"], vector["tz"]), len(expected)) == expected


def _instant(text: str, zone: str) -> int:
    moment = datetime.fromisoformat(text)
    return us((moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))).isoformat())
