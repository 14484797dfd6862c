"""The page of the fake AppView says what it takes."""

import inspect
import re
from typing import get_args

import pytest

from tenantry.testing.appview import FakeAppView
from tenantry.testing.appview.pages import PageFault
from tests.support.repository import ROOT

pytestmark = pytest.mark.docs

PAGE = (ROOT / "docs/reference/appview.md").read_text(encoding="utf-8")
FIRST_CELL = re.compile(r"^\| `(\w+)` \|", re.MULTILINE)


def test_every_argument_and_every_fault_of_pages_is_documented() -> None:
    arguments = inspect.signature(FakeAppView).parameters
    faults = [kind.__name__ for kind in get_args(PageFault)]

    assert sorted(FIRST_CELL.findall(PAGE)) == sorted([*arguments, *faults])
