"""The way to a server: checked at once, its token never shown."""

import ssl
import traceback

import pytest

from tenantry.sdk import AsyncConfigClient, ConfigClient, ConfigReplica, Invalid, RequestFailed
from tenantry.sdk.connection import Connection
from tests.support.scripted import Exchange, ScriptedServer

TOKEN = "hush-hush"


@pytest.mark.parametrize(
    "server",
    ["", "http://", "ftp://host", "http://host?x=1", "http://host:port", "http://u:pw@host"],
)
def test_what_is_no_server_is_refused(server: str) -> None:
    with pytest.raises(Invalid, match=r"server: .*wants") as refused:
        Connection(server=server)
    assert "pw" not in str(refused.value)


def test_an_address_without_a_scheme_is_http() -> None:
    assert Connection(server="localhost:4000").address == "http://localhost:4000"
    assert Connection(server="https://host/base/").address == "https://host/base"


def test_a_proxy_of_the_environment_is_not_for_this_machine() -> None:
    addresses = ["http://127.0.0.1:1", "http://localhost", "http://[::1]:1", "https://example.com"]

    used = [Connection(server=each).options()["trust_env"] for each in addresses]

    assert used == [False, False, False, True]


@pytest.mark.parametrize("wrong", ["two words", "line\nbreak", "größe", ""])
def test_a_token_that_no_header_can_carry_is_refused_without_being_shown(wrong: str) -> None:
    with pytest.raises(Invalid, match="token") as refused:
        Connection(server="http://localhost", token=wrong)
    assert not wrong or wrong not in str(refused.value)


def test_a_tenant_that_no_header_can_carry_is_refused() -> None:
    with pytest.raises(Invalid, match="tenant"):
        Connection(server="http://localhost", tenant="a\r\nb: c")


async def test_no_token_is_shown_by_whatever_has_one() -> None:
    replica = ConfigReplica(server="http://localhost", token=TOKEN)
    client = ConfigClient(server="http://localhost", token=TOKEN, tenant="acme")
    async with AsyncConfigClient(server="http://localhost", token=TOKEN) as async_client:
        shown = [repr(each) for each in (replica, client, async_client)]
    client.close()

    assert all(TOKEN not in each for each in shown)
    assert "acme" in shown[1]


def test_no_error_shows_the_token() -> None:
    def refuse(exchange: Exchange) -> None:
        assert exchange.headers["authorization"] == f"Bearer {TOKEN}"
        exchange.drop()

    with (
        ScriptedServer(refuse) as server,
        ConfigClient(server=server.address, token=TOKEN, timeout_seconds=0.2) as client,
        pytest.raises(RequestFailed) as failed,
    ):
        client.get("a")

    told = "".join(traceback.format_exception(failed.value))
    assert server.address in told
    assert TOKEN not in told
    assert TOKEN not in repr(failed.value.__cause__)


def test_no_cookie_of_a_server_is_sent_back_to_it() -> None:
    def give(exchange: Exchange) -> None:
        exchange.reply(200, {}, set_cookie="tenantry_session=hush; Path=/; HttpOnly")

    with ScriptedServer(give) as server, ConfigClient(server=server.address) as client:
        client.get_schema("a")
        client.get_schema("a")

    assert [seen.headers.get("cookie") for seen in server.seen] == [None, None]


@pytest.mark.parametrize("server", ["https://host", "HTTPS://host", "https://127.0.0.1:4000"])
def test_with_tls_the_server_is_verified_as_was_asked(server: str) -> None:
    own = ssl.create_default_context()

    assert Connection(server=server).options()["verify"] is True
    assert Connection(server=server, verify=own).options()["verify"] is own


@pytest.mark.parametrize("server", ["host", "http://host", "HTTP://127.0.0.1:4000"])
def test_without_tls_no_authority_is_read_and_none_is_trusted(server: str) -> None:
    """A client is there 20 ms sooner; and if TLS were spoken after all, nobody would be let in."""
    context = Connection(server=server).options()["verify"]

    assert not context.get_ca_certs()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
