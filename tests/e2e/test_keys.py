"""`tenantry keys …`, beside a running server and without one."""

import stat

from tests.support.command_line import CommandLine
from tests.support.server import ServerProcess
from tests.support.vaults import new_master


def test_a_file_is_rotated(tenantry: CommandLine) -> None:
    tenantry("config", "set", "a", "1")
    file = tenantry.cwd / "data" / "master.key"
    before = tenantry.json("keys", "status")
    content = file.read_text()

    report = tenantry.json("keys", "rotate-master")

    assert tenantry.code == 0
    after = tenantry.json("keys", "status")
    assert before["source"] == after["source"] == str(file)
    assert before["master_fingerprint"] != after["master_fingerprint"]
    assert report["master_fingerprint"] == after["master_fingerprint"]
    assert file.read_text() != content
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert tenantry("config", "get", "a") == 0


def test_asking_for_the_status_makes_nothing(alone: CommandLine) -> None:
    assert alone.json("keys", "status") == {
        "source": None,
        "master_fingerprint": None,
        "data_key_count": None,
        "wrapped_under": None,
    }
    assert not (alone.cwd / "data" / "master.key").exists()


def test_the_setting_is_rotated_by_its_operator(alone: CommandLine) -> None:
    old, new = new_master(), new_master()
    alone.environ["MASTER_KEY"] = old.to_base64()

    assert alone("keys", "rotate-master") == 1
    assert "NEW_MASTER_KEY" in alone.err

    alone.environ["NEW_MASTER_KEY"] = new.to_base64()
    assert alone("keys", "rotate-master") == 0
    assert "set MASTER_KEY to the new key" in alone.err
    assert new.fingerprint in alone.out
    assert new.to_base64() not in alone.out + alone.err


def test_the_setting_of_a_running_server_is_rotated(alone: CommandLine) -> None:
    old, new = new_master(), new_master()
    with ServerProcess(alone.cwd, MASTER_KEY=old.to_base64()) as server:
        server.wait_until_ready()
        assert alone.json("keys", "status")["master_fingerprint"] == old.fingerprint

        alone.environ["NEW_MASTER_KEY"] = new.to_base64()
        assert alone("keys", "rotate-master") == 0

        status = alone.json("keys", "status")
        assert (status["source"], status["master_fingerprint"]) == ("MASTER_KEY", new.fingerprint)
        assert server.stop() == 0
        assert new.to_base64() not in server.said()
        assert old.to_base64() not in server.said()


def test_a_file_that_others_may_read_keeps_the_server_from_starting(alone: CommandLine) -> None:
    alone("config", "set", "a", "1")
    file = alone.cwd / "data" / "master.key"
    file.chmod(0o644)

    server = ServerProcess(alone.cwd)
    server.start(is_expected_to_serve=False)
    assert server.wait() == 1
    assert "chmod 600" in server.said()
    assert alone("config", "get", "a") == 1
    assert "chmod 600" in alone.err


def test_the_listed_settings_show_no_key(alone: CommandLine) -> None:
    alone.environ["MASTER_KEY"] = new_master().to_base64()

    assert alone.json("settings", "show")["MASTER_KEY"] == "[redacted]"
    assert alone("settings", "check") == 0
    assert alone.environ["MASTER_KEY"] not in alone.out
