"""The stock providers of OpenFeature evaluate our flags: over OFREP, and from our file."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from openfeature import api
from openfeature.client import OpenFeatureClient
from openfeature.contrib.provider.flagd import FlagdProvider
from openfeature.contrib.provider.flagd.config import ResolverType
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.contrib.tools.flagd.core import FlagdCore
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import ErrorCode

from tests.support.flags import FLAGS, METHOD, flag_of
from tests.support.server import ServerProcess
from tests.support.waiting import wait_until

TENANT = "acme"
KEYS = [f"tenant-{number}" for number in range(1_000)]
POLL_MS = 50


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server process whose tenant has one flag of each kind."""
    folder = tmp_path_factory.mktemp("server")
    with ServerProcess(folder, ENABLE_RATE_LIMIT="false") as server:
        server.wait_until_ready()
        with server.client() as http:
            http.post("/api/tenants", json={"id": TENANT, "name": TENANT}).raise_for_status()
            for key, flag in FLAGS.items():
                _put(http, key, flag)
        yield server


@pytest.fixture(scope="module")
def key(server: ServerProcess) -> str:
    """An API key of a viewer."""
    body = {"name": "reader", "role": "viewer"}
    with server.client() as http:
        made = http.post(f"/api/tenants/{TENANT}/keys", json=body)
    token: str = made.json()["data"]["key"]
    return token


@pytest.fixture(params=["ofrep", "ofrep by X-API-Key", "flagd from a file"])
def client(
    request: pytest.FixtureRequest, server: ServerProcess, key: str, tmp_path: Path
) -> Iterator[OpenFeatureClient]:
    """A client of OpenFeature on a stock provider."""
    provider: Any
    if request.param == "flagd from a file":
        _fetch(server, key, tmp_path / "flags.json")
        provider = _flagd(tmp_path / "flags.json")
    else:
        shown = {"Authorization": f"Bearer {key}"}
        if request.param != "ofrep":
            shown = {"X-API-Key": key}
        provider = OFREPProvider(server.record.address, headers_factory=lambda: shown)
    api.set_provider_and_wait(provider, request.param)
    yield api.get_client(request.param)
    api.shutdown()


def test_each_kind_of_flag_is_what_it_is(client: OpenFeatureClient) -> None:
    assert client.get_boolean_value("boolean", default_value=False) is True
    assert client.get_string_value("string", "") == "blue"
    assert client.get_integer_value("integer", 0) == 7
    assert client.get_float_value("float", 0.0) == 2.5
    whole = client.get_float_value("whole-float", 0.0)
    assert (whole, type(whole)) == (1.0, float)
    assert client.get_object_value("object", {}) == {"colour": "blue", "sizes": [1, 2.5]}


def test_a_rule_decides_by_the_context(client: OpenFeatureClient) -> None:
    gold = EvaluationContext("u", {"email": "ada@example.com", "version": "2.1"})
    plain = EvaluationContext("u", {"email": "ada@example.com", "version": "2.0.9"})

    matched = client.get_string_details("targeted", "", gold)
    assert (matched.value, matched.variant, matched.reason) == ("gold", "gold", "TARGETING_MATCH")
    missed = client.get_string_details("targeted", "", plain)
    assert (missed.value, missed.variant, missed.reason) == ("plain", "plain", "DEFAULT")


def test_what_the_flag_leaves_to_the_code_is_the_codes_default(client: OpenFeatureClient) -> None:
    disabled = client.get_string_details("disabled", "mine")
    assert (disabled.value, disabled.reason, disabled.error_code) == ("mine", "DISABLED", None)
    left = client.get_string_details("code-default", "mine")
    assert (left.value, left.reason, left.error_code) == ("mine", "DEFAULT", None)


def test_a_flag_that_is_none_and_one_of_another_type_are_errors(client: OpenFeatureClient) -> None:
    unknown = client.get_boolean_details("never-was", default_value=True)
    assert (unknown.value, unknown.error_code) == (True, ErrorCode.FLAG_NOT_FOUND)
    other = client.get_integer_details("string", 3)
    assert (other.value, other.error_code) == (3, ErrorCode.TYPE_MISMATCH)


def test_metadata_comes_along(client: OpenFeatureClient) -> None:
    metadata = client.get_boolean_details("boolean", default_value=False).flag_metadata

    assert metadata["owner"] == "billing"
    assert metadata["rank"] == 2


def test_a_thousand_keys_get_the_shares_that_the_reference_deals(
    client: OpenFeatureClient,
) -> None:
    core = FlagdCore()
    core.set_flags(msgspec.json.encode({"flags": {"split": METHOD}}).decode())

    got = [client.get_string_value("split", "", EvaluationContext(key)) for key in KEYS]

    assert got == [
        core.resolve_string_value("split", "", EvaluationContext(key)).value for key in KEYS
    ]
    assert 70 < got.count("temporal") < 130


def test_who_shows_no_key_gets_the_codes_default(server: ServerProcess) -> None:
    api.set_provider_and_wait(OFREPProvider(server.record.address), "nobody")
    try:
        found = api.get_client("nobody").get_string_details("string", "mine")
    finally:
        api.shutdown()

    assert (found.value, found.error_code) == ("mine", ErrorCode.GENERAL)
    assert found.error_message == "unauthorized"


def test_a_change_counts_without_a_restart_of_anything(
    server: ServerProcess, key: str, tmp_path: Path
) -> None:
    headers = {"Authorization": f"Bearer {key}"}
    api.set_provider_and_wait(
        OFREPProvider(server.record.address, headers_factory=lambda: headers), "o"
    )
    path = tmp_path / "flags.json"
    with server.client() as http:
        _put(http, "moving", flag_of("before"))
        _fetch(server, key, path)
        api.set_provider_and_wait(_flagd(path), "f")
        try:
            over_http, from_file = api.get_client("o"), api.get_client("f")
            assert over_http.get_string_value("moving", "") == "before"
            assert from_file.get_string_value("moving", "") == "before"

            _put(http, "moving", flag_of("after"))
            assert over_http.get_string_value("moving", "") == "after"
            _fetch(server, key, path)
            wait_until(lambda: from_file.get_string_value("moving", "") == "after")
        finally:
            api.shutdown()


def _put(http: httpx.Client, key: str, flag: object) -> None:
    answer = http.put(f"/config/flag:{key}", json={"value": flag}, headers={"X-Tenant-ID": TENANT})
    assert answer.status_code == 200, answer.text


def _fetch(server: ServerProcess, key: str, path: Path) -> None:
    """Write our flags to a file, as a sidecar of flagd or a cron job would."""
    answer = httpx.get(f"{server.record.address}/flags.json", headers={"X-API-Key": key})
    path.write_bytes(answer.raise_for_status().content)


def _flagd(path: Path) -> FlagdProvider:
    # It looks at the file as often as its deadline says.
    return FlagdProvider(
        resolver_type=ResolverType.FILE, offline_flag_source_path=str(path), deadline_ms=POLL_MS
    )
