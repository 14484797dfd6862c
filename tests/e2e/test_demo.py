"""What `serve --dev --demo` has to look at: data that are synced from an upstream of its own."""

from pathlib import Path
from typing import Any

import httpx

from tests.support.server import DEFAULT_TENANT, ServerProcess

TENANT = f"/api/tenants/{DEFAULT_TENANT}"
STATUS = f"/api/sync/tenants/{DEFAULT_TENANT}/status"
SOURCE = "/config/sync:source"
DEMO = ("--dev", "--demo")


def data_of(answer: httpx.Response) -> Any:
    assert answer.is_success, answer.text
    return answer.json()["data"]


def test_the_demo_tenant_has_data_from_an_upstream_that_comes_back(tmp_path: Path) -> None:
    with ServerProcess(tmp_path, *DEMO) as server, server.client() as http:
        server.wait_until_ready()
        assert "tenantry sync status" in server.said()
        first = data_of(http.get(STATUS))
        users = data_of(http.get(f"/api/sync/tenants/{DEFAULT_TENANT}/collections/users?limit=500"))
        source = http.get(SOURCE).json()
        assert server.stop() == 0

    assert first["readyAt"] is not None
    assert len(users["rows"]) == 120

    with ServerProcess(tmp_path, *DEMO) as server, server.client() as http:
        server.wait_until_ready()
        assert http.get(SOURCE).json() == source
        forced = data_of(http.post(f"/api/sync/tenants/{DEFAULT_TENANT}/force"))
        assert forced["success"]
        assert server.stop() == 0, server.said()
        assert "Traceback" not in server.said()


def test_the_demo_tenant_is_the_default_one_and_a_sandbox(tmp_path: Path) -> None:
    with ServerProcess(tmp_path, *DEMO) as server, server.client() as http:
        server.wait_until_ready()
        (tenant,) = data_of(http.get("/api/tenants"))["items"]
        assert (tenant["id"], tenant["sandbox"]) == (DEFAULT_TENANT, True)
        # It names no tenant.
        assert http.get("/config/app:name").text == "Northwind Portal"
        asked = {"X-Tenant-ID": DEFAULT_TENANT}
        assert http.get("/config/app:name", headers=asked).text == "Northwind Portal"
        assert "no sandbox" not in server.said()


def test_a_demo_tenant_that_is_no_sandbox_stays_none_and_the_log_says_how_to_mark_it(
    tmp_path: Path,
) -> None:
    with ServerProcess(tmp_path, "--dev") as server, server.client() as http:
        server.wait_until_ready()
        made = http.post("/api/tenants", json={"id": DEFAULT_TENANT, "name": "Mine"})
        assert made.is_success

    with ServerProcess(tmp_path, *DEMO) as server, server.client() as http:
        server.wait_until_ready()
        assert f"tenantry tenants mark {DEFAULT_TENANT} --sandbox" in server.said()
        tenant = data_of(http.get(TENANT))
        assert (tenant["name"], tenant["sandbox"]) == ("Mine", False)
        assert data_of(http.patch(TENANT, json={"sandbox": True}))["sandbox"]

    with ServerProcess(tmp_path, *DEMO) as server:
        server.wait_until_ready()
        assert "no sandbox" not in server.said()


def test_a_source_of_ones_own_is_left_alone(tmp_path: Path) -> None:
    own = {"type": "http", "base_url": "http://127.0.0.1:9"}
    with ServerProcess(tmp_path, "--dev") as server, server.client() as http:
        server.wait_until_ready()
        assert http.put(SOURCE, json={"value": own}).is_success
        assert server.stop() == 0

    with ServerProcess(tmp_path, *DEMO) as server, server.client() as http:
        server.wait_until_ready()
        assert http.get(SOURCE).json() == own
        assert "tenantry sync status" not in server.said()
        assert http.delete(SOURCE).is_success
        assert server.stop() == 0

    with ServerProcess(tmp_path, *DEMO) as server, server.client() as http:
        server.wait_until_ready()
        assert http.get(SOURCE).status_code == 404


def test_outside_of_development_nothing_listens_for_the_demo(tmp_path: Path) -> None:
    with ServerProcess(tmp_path, "--demo") as server, server.client() as http:
        server.wait_until_ready()
        assert "Demo settings stored" in server.said()
        assert http.get(SOURCE).status_code == 404
