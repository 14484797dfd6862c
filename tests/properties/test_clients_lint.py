"""Whatever a document has in it, the linter reads it to the end."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tenantry.clients.model import CODES, ClientConfig
from tenantry.clients.rules.lint import lint
from tenantry.clients.rules.sarif import sarif
from tests.support.repository import ROOT

FIELDS = (
    *ClientConfig.__struct_encode_fields__,
    *("path", "roles", "public", "args", "entries", "items", "link", "ordinal", "data", "enabled"),
    *("componentFqn", "header", "email", "nameSpace", "version", "value", "redirect", "external"),
)
TEXTS = st.sampled_from(
    ["", "/", "/a/:x?", "*", "/a/**", ":", "://", "${X}", "core.A@1.0.0", "@", "USER", "a"]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS | st.text(max_size=5)
DOCUMENTS = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=5), inner, max_size=6)
    ),
    max_leaves=30,
)
REAL = json.loads((ROOT / "tests/support/clients/towerstone.json").read_bytes())


@given(document=DOCUMENTS)
def test_no_document_makes_it_fail(document: Any) -> None:
    findings = lint(document, client="acme")

    assert {finding.code for finding in findings} <= set(CODES)
    assert len(sarif(findings)["runs"][0]["results"]) == len(findings)


@given(st.dictionaries(st.sampled_from(FIELDS), DOCUMENTS, max_size=8))
def test_no_client_makes_it_fail(document: dict[str, Any]) -> None:
    lint(document, client="acme")


@given(data=st.data())
def test_no_value_in_a_real_configuration_makes_it_fail(data: st.DataObject) -> None:
    document = json.loads(json.dumps(REAL))
    for _ in range(3):
        at: Any = document
        while True:
            step = data.draw(
                st.sampled_from(sorted(at) if isinstance(at, dict) else range(len(at)))
            )
            inner = at[step]
            if not isinstance(inner, dict | list) or not inner or data.draw(st.booleans()):
                at[step] = data.draw(DOCUMENTS)
                break
            at = inner

    lint(document, client="towerstone")
