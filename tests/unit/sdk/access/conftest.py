"""What tests of the access clients ask for."""

import pytest

from tests.support.access import Doing, do_async, do_sync


@pytest.fixture(params=[do_sync, do_async])
def do(request: pytest.FixtureRequest) -> Doing:
    """Both clients, one after the other."""
    found: Doing = request.param
    return found
