import base64

import msgspec
import pytest

from bench.wrk import SETTINGS, Load, Traffic, _found, _script, etcd_traffic, tenantry_traffic

LOAD = Load(requests=10, microseconds=2_000_000, refused=0, broken=0, p50=1, p99=2)


def line(load: Load) -> str:
    return f"Running 1s test\n{msgspec.json.encode(load).decode()}\n"


def test_both_servers_get_the_same_names_and_values() -> None:
    _, our_puts = tenantry_traffic("")
    _, their_puts = etcd_traffic()
    ours = [
        (path.removeprefix("/config/"), msgspec.json.decode(body)["value"])
        for path, body in zip(our_puts.paths, our_puts.bodies, strict=True)
    ]
    theirs = [msgspec.json.decode(body) for body in their_puts.bodies]

    assert len(ours) == SETTINGS
    assert ours == [
        tuple(base64.b64decode(body[field]).decode() for field in ("key", "value"))
        for body in theirs
    ]


def test_a_script_holds_every_path_and_body() -> None:
    script = _script(Traffic("put", "PUT", ("/one",), ('{"value": "]]"}',)))

    assert 'local method, headers, paths, bodies = "PUT"' in script
    assert "{[==[/one]==]}" in script
    assert '{[==[{"value": "]]"}]==]}' in script


def test_every_request_to_our_server_shows_the_token_and_none_to_the_peer_does() -> None:
    ours = [_script(traffic) for traffic in tenantry_traffic("a-token")]
    theirs = [_script(traffic) for traffic in etcd_traffic()]

    assert all('["Authorization"] = "Bearer a-token"}' in script for script in ours)
    assert not any("Authorization" in script for script in theirs)


def test_what_wrk_found_is_read_from_its_last_line() -> None:
    found = _found(line(LOAD), Traffic("get", "GET", ("/",)))

    assert found.per_second == 5


@pytest.mark.parametrize("change", [{"requests": 0}, {"refused": 1}, {"broken": 1}])
def test_answers_that_are_no_success_are_an_error(change: dict[str, int]) -> None:
    found = msgspec.structs.replace(LOAD, **change)

    with pytest.raises(AssertionError):
        _found(line(found), Traffic("get", "GET", ("/",)))
