"""What tenants, people and keys are called is stored and read back as it was said, or refused."""

import itertools
import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.access_http import AccessHttp, data_of
from tests.support.nodes import Node

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOME = "home-of-names"
# What is special to JSON, to SQL, to a path or to a database, and anything else there is.
NAMES = st.text(
    st.sampled_from("a\x00\n\x7f\u00a0\u2028\ufffe\U0010ffff'\"\\/%_:@;-") | st.characters(),
    min_size=1,
    max_size=12,
)
_NUMBERS = itertools.count(1)


@given(first_name=NAMES, last_name=NAMES, username=NAMES, local=NAMES)
@settings(max_examples=25)
async def test_a_person_is_called_what_was_said(
    module_node: Node, first_name: str, last_name: str, username: str, local: str
) -> None:
    root, path = AccessHttp(module_node), f"/api/tenants/{await _home(module_node)}/users"
    said = {"first_name": first_name, "last_name": last_name}
    # Somebody else may have had the same before.
    said |= {
        "username": f"{username}{next(_NUMBERS)}",
        "email": f"{local}@{next(_NUMBERS)}.example",
    }

    for field, text in said.items():
        body = {"email": f"{next(_NUMBERS)}@names.example", field: text}
        made = await _made(root, path, body)
        if made is None:
            continue
        assert made[field] == text
        assert await root.get(f"{path}/{made['id']}") == made
        assert (await root.get(path, email=made["email"]))["items"] == [made]


@given(name=NAMES)
@settings(max_examples=25)
async def test_a_tenant_and_a_key_are_called_what_was_said(module_node: Node, name: str) -> None:
    root, path = AccessHttp(module_node), f"/api/tenants/{await _home(module_node)}/keys"

    tenant = await _made(root, "/api/tenants", {"name": name})
    key = await _made(root, path, {"name": name, "role": "viewer"})
    assert (tenant is None) == (key is None)
    if tenant is None or key is None:
        return
    assert tenant["name"] == key["name"] == name
    assert await root.get(f"/api/tenants/{tenant['id']}") == tenant
    assert (await root.get(f"{path}/{key['id']}"))["name"] == name


@pytest.mark.parametrize("escape", ["\\ud800", "\\udc00", "a\\ud83d", "\\u0000", "\\u000a"])
async def test_what_is_no_character_is_refused(module_node: Node, escape: str) -> None:
    root, path = AccessHttp(module_node), f"/api/tenants/{await _home(module_node)}"
    headers = {"Content-Type": "application/json"}
    bodies = {
        "users": '{"email":"x@y.example","first_name":"%s"}',
        "keys": '{"role":"viewer","name":"%s"}',
    }

    for kind, body in bodies.items():
        answer = await root.ask("POST", f"{path}/{kind}", content=body % escape, headers=headers)
        assert answer.status_code == 400, answer.text


async def _home(node: Node) -> str:
    # Hypothesis begins each example with the same random numbers, and ids are made of them.
    random.seed()
    root = AccessHttp(node)
    answer = await root.ask("POST", "/api/tenants", json={"id": HOME, "name": HOME})
    assert answer.status_code in (201, 409)
    return HOME


async def _made(root: AccessHttp, path: str, body: dict[str, Any]) -> Any:
    """Return what was made, None where a name was refused."""
    # Every character as an escape, so that halves of them would pass as far as they can.
    content, headers = json.dumps(body), {"Content-Type": "application/json"}
    answer = await root.ask("POST", path, content=content, headers=headers)
    if answer.status_code == 400:
        return None
    return data_of(answer)
