import pytest

from tenantry.base.errors import Denied, Unauthenticated
from tenantry.web import (
    Authenticator,
    DevelopmentAuthenticator,
    Headers,
    TokenAuthenticator,
    bearer_token,
    is_from_this_machine,
)

TOKEN = "k3y"


@pytest.mark.parametrize(
    "host", [b"localhost", b"LOCALHOST:4000", b"127.0.0.1:4000", b"127.8.9.1", b"[::1]:4000"]
)
def test_in_development_everybody_on_this_machine_is_root(host: bytes) -> None:
    principal = DevelopmentAuthenticator().recognise({b"host": host}, "127.0.0.1")

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
        DevelopmentAuthenticator().recognise({b"host": host}, "127.0.0.1")


@pytest.mark.parametrize(
    "origin", [b"http://localhost:5173", b"https://127.0.0.1", b"http://[::1]:1"]
)
def test_in_development_a_page_of_this_machine_may_ask(origin: bytes) -> None:
    headers = {b"host": b"localhost:4000", b"origin": origin}

    assert DevelopmentAuthenticator().recognise(headers, "127.0.0.1").id == "root"


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
        DevelopmentAuthenticator().recognise(headers, "127.0.0.1")


@pytest.mark.parametrize("value", [b"Bearer k3y", b"bearer   k3y"])
def test_the_holder_of_the_token_is_root(value: bytes) -> None:
    principal = TokenAuthenticator(token=TOKEN).recognise({b"authorization": value}, "10.1.1.1")

    assert principal.id == "root"
    assert principal.source == "10.1.1.1"


@pytest.mark.parametrize(
    "value", [b"", b"Bearer", b"Bearer ", b"Bearer k3", b"Bearer k3y k3y", b"Basic k3y", b"k3y"]
)
def test_nobody_else_is_anybody(value: bytes) -> None:
    with pytest.raises(Unauthenticated):
        TokenAuthenticator(token=TOKEN).recognise({b"authorization": value}, "127.0.0.1")


@pytest.mark.parametrize("token", [None, ""])
def test_without_a_token_nobody_is_anybody(token: str | None) -> None:
    with pytest.raises(Unauthenticated):
        TokenAuthenticator(token=token).recognise({b"authorization": b"Bearer None"}, "::1")


@pytest.mark.parametrize(
    "authenticator, headers",
    [
        (DevelopmentAuthenticator(), {b"host": b"localhost"}),
        (TokenAuthenticator(token=TOKEN), {b"authorization": b"Bearer k3y"}),
    ],
)
async def test_who_can_be_recognised_at_once_is_nobody_else_later(
    authenticator: Authenticator, headers: Headers
) -> None:
    principal = authenticator.recognise(headers, "127.0.0.1")

    assert principal is not None
    assert await authenticator.authenticate(headers, "127.0.0.1") == principal
    assert principal.grant is None


@pytest.mark.parametrize(
    "authenticator", [DevelopmentAuthenticator(), TokenAuthenticator(token=TOKEN)]
)
async def test_who_is_refused_at_once_is_refused_later_too(authenticator: Authenticator) -> None:
    with pytest.raises(Denied) as at_once:
        authenticator.recognise({}, "127.0.0.1")
    with pytest.raises(Denied) as later:
        await authenticator.authenticate({}, "127.0.0.1")

    assert (type(later.value), str(later.value)) == (type(at_once.value), str(at_once.value))


@pytest.mark.parametrize(
    "value, token",
    [
        (b"Bearer a.b-c_d", b"a.b-c_d"),
        (b"BEARER  x ", b"x"),
        (b"Bearer", None),
        (b"Bearer a b", None),
        (b"Basic YTpi", None),
        (b"", None),
    ],
)
def test_the_token_is_what_follows_bearer(value: bytes, token: bytes | None) -> None:
    assert bearer_token({b"authorization": value}) == token


def test_without_credentials_there_is_no_token() -> None:
    assert bearer_token({}) is None


def test_a_proxy_on_this_machine_does_not_make_its_clients_local() -> None:
    assert is_from_this_machine({}, "127.0.0.1")
    assert not is_from_this_machine({}, "10.0.0.1")
    assert not is_from_this_machine({b"x-forwarded-for": b"1.2.3.4"}, "127.0.0.1")
    assert not is_from_this_machine({b"forwarded": b"for=1.2.3.4"}, "127.0.0.1")


def test_a_page_in_a_browser_on_this_machine_is_not_this_machine() -> None:
    assert not is_from_this_machine({b"origin": b"https://shop.example"}, "127.0.0.1")
