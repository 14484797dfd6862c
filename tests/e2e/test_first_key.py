"""The first root key: printed once, by the server that makes it, and written nowhere."""

import re
from pathlib import Path

import httpx

from tests.support.server import ServerProcess
from tests.support.waiting import wait_until

_KEY = re.compile(r"tnk_[a-z2-7]{16}_[A-Za-z0-9_-]{43}")


def test_the_first_root_key_is_printed_once_and_in_no_log_line(tmp_path: Path) -> None:
    environ = {"LOG_LEVEL": "debug", "LOG_FORMAT": "json", "LOG_FILE": str(tmp_path / "log.json")}
    with ServerProcess(tmp_path, **environ) as server:
        server.wait_until_ready()
        wait_until(lambda: _KEY.search(_out(tmp_path)))
        (key,) = _KEY.findall(_out(tmp_path))
        headers = {"Authorization": f"Bearer {key}"}
        address = server.record.address

        me = httpx.get(f"{address}/api/auth/me", headers=headers).json()["data"]
        assert (me["kind"], me["role"], me["permissions"]) == ("key", "root", ["*"])
        with server.client() as http:
            (entry,) = http.get("/api/audit").json()["data"]["items"]
            assert (entry["action"], entry["actor"]) == ("tenants.key_created", "root")
            assert entry["source"] == "startup"
        assert server.stop() == 0
        # It stands on the standard output alone, whatever else was said.
        assert server.said().count(key) == _out(tmp_path).count(key) == 1

    secret = key.split("_", 2)[2].encode()
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert tmp_path / "log.json" in written
    holding = [path.name for path in written if secret in path.read_bytes()]
    assert holding == ["serve.out"]

    # The server that comes after it knows it, and has none to tell.
    with ServerProcess(tmp_path, **environ) as server:
        server.wait_until_ready()
        answer = httpx.get(f"{server.record.address}/api/auth/me", headers=headers)
        assert answer.status_code == 200
        assert server.stop() == 0
        assert not _KEY.search(server.said())


def test_in_development_nobody_is_given_a_key(tmp_path: Path) -> None:
    with ServerProcess(tmp_path, "--dev") as server:
        server.wait_until_ready()
        wait_until(lambda: "Stop it with Ctrl-C" in _out(tmp_path))
        keys = httpx.get(f"{server.record.address}/api/tenants/*/keys").json()["data"]
        assert keys == {"items": [], "next_cursor": None}
        assert server.stop() == 0
        assert not _KEY.search(server.said())


def _out(folder: Path) -> str:
    return (folder / "serve.out").read_text()
