import pytest

from tenantry.base.errors import Denied, Unauthenticated
from tenantry.web import DevelopmentAuthenticator, TokenAuthenticator, is_from_this_machine

TOKEN = "k3y"


@pytest.mark.parametrize(
    "host", [b"localhost", b"LOCALHOST:4000", b"127.0.0.1:4000", b"127.8.9.1", b"[::1]:4000"]
)
def test_in_development_everybody_on_this_machine_is_root(host: bytes) -> None:
    principal = DevelopmentAuthenticator().authenticate({b"host": host}, "127.0.0.1")

    assert principal.id == "root"
    assert principal.source == "127.0.0.1"


@pytest.mark.parametrize(
    "host",
    [
        b"",
        b"evil.example:4000",
        b"localhost.evil.example",
        b"127.0.0.1.evil.example",
        b"localhost:4000@evil.example",
        b"10.0.0.1:4000",
        b"[::2]",
        b"localhost" + b"x" * 1000,
        b"\xff",
    ],
)
def test_in_development_another_host_name_is_denied(host: bytes) -> None:
    with pytest.raises(Denied, match="Host"):
        DevelopmentAuthenticator().authenticate({b"host": host}, "127.0.0.1")


@pytest.mark.parametrize(
    "origin", [b"http://localhost:5173", b"https://127.0.0.1", b"http://[::1]:1"]
)
def test_in_development_a_page_of_this_machine_may_ask(origin: bytes) -> None:
    headers = {b"host": b"localhost:4000", b"origin": origin}

    assert DevelopmentAuthenticator().authenticate(headers, "127.0.0.1").id == "root"


@pytest.mark.parametrize(
    "origin",
    [
        b"https://evil.example",
        b"null",
        b"",
        b"http://localhost.evil.example",
        b"http://localhost@evil.example",
        b"file://localhost",
        b"http://[",
        b"http://\xff",
    ],
)
def test_in_development_a_page_from_elsewhere_is_denied(origin: bytes) -> None:
    headers = {b"host": b"localhost:4000", b"origin": origin}

    with pytest.raises(Denied, match="Origin"):
        DevelopmentAuthenticator().authenticate(headers, "127.0.0.1")


@pytest.mark.parametrize("value", [b"Bearer k3y", b"bearer   k3y"])
def test_the_holder_of_the_token_is_root(value: bytes) -> None:
    principal = TokenAuthenticator(token=TOKEN).authenticate({b"authorization": value}, "10.1.1.1")

    assert principal.id == "root"
    assert principal.source == "10.1.1.1"


@pytest.mark.parametrize(
    "value", [b"", b"Bearer", b"Bearer ", b"Bearer k3", b"Bearer k3y k3y", b"Basic k3y", b"k3y"]
)
def test_nobody_else_is_anybody(value: bytes) -> None:
    with pytest.raises(Unauthenticated):
        TokenAuthenticator(token=TOKEN).authenticate({b"authorization": value}, "127.0.0.1")


@pytest.mark.parametrize("token", [None, ""])
def test_without_a_token_nobody_is_anybody(token: str | None) -> None:
    with pytest.raises(Unauthenticated):
        TokenAuthenticator(token=token).authenticate({b"authorization": b"Bearer None"}, "::1")


def test_a_proxy_on_this_machine_does_not_make_its_clients_local() -> None:
    assert is_from_this_machine({}, "127.0.0.1")
    assert not is_from_this_machine({}, "10.0.0.1")
    assert not is_from_this_machine({b"x-forwarded-for": b"1.2.3.4"}, "127.0.0.1")
    assert not is_from_this_machine({b"forwarded": b"for=1.2.3.4"}, "127.0.0.1")
