"""The servers that benchmarks ask: ours does what one in production does for each request."""

from pathlib import Path

import httpx

from bench.servers import tenantry_server


def test_our_server_wants_its_token_and_counts_every_request(tmp_path: Path) -> None:
    with (
        tenantry_server(tmp_path) as server,
        httpx.Client(base_url=server.url) as http,
    ):
        http.headers["Authorization"] = f"Bearer {server.token}"
        stored = http.put("/config/a", json={"value": "one"})
        read = http.get("/config/a")
        stranger = http.get("/config/a", headers={"Authorization": "Bearer nobody"})

    assert stranger.status_code == 401
    assert (read.status_code, read.text) == (200, "one")
    # The one that a request has cost is back before the next.
    left = [answer.headers["x-ratelimit-remaining"] for answer in (stored, read)]
    assert left == ["999999999"] * 2
    assert (tmp_path / "tenantry.log").stat().st_size > 0
