import msgspec
import pytest

from tenantry.base.errors import Invalid
from tenantry.configs.api.longpoll import Poll, read_poll
from tenantry.configs.model import ConfigEntry, token_of

ENTRY = ConfigEntry("a", b"1", 3, 17, 0)


@pytest.mark.parametrize(
    "wait, seconds", [("1s", 1), ("60s", 60), ("1500ms", 1.5), ("1000ms", 1), ("60000ms", 60)]
)
def test_a_wait_is_in_seconds_or_milliseconds(wait: str, seconds: float) -> None:
    assert read_poll(wait=wait, version="3", at=None) == Poll(seconds, "3")


@pytest.mark.parametrize("wait", ["0s", "999ms", "61s", "60001ms", "1", "s", "1.5s", "-1s", "1 s"])
def test_a_wait_out_of_bounds_is_refused(wait: str) -> None:
    with pytest.raises(Invalid, match="wait: got"):
        read_poll(wait=wait, version="3", at=None)


@pytest.mark.parametrize(
    "version, token", [("0", "0"), ("17", "17"), ("global:3", "global:3"), ('"3"', "3")]
)
def test_a_version_is_what_the_etag_says(version: str, token: str) -> None:
    poll = read_poll(wait="1s", version=version, at=None)
    assert poll is not None
    assert poll.token == token


@pytest.mark.parametrize("version", ["", "x", "-1", "03", "own:3", '"3', "3,4"])
def test_what_is_no_version_is_refused(version: str) -> None:
    with pytest.raises(Invalid, match="version: got"):
        read_poll(wait="1s", version=version, at=None)


@pytest.mark.parametrize(
    "wait, version, at", [("1s", None, None), (None, "3", None), ("1s", "3", "17")]
)
def test_what_belongs_together_comes_together(
    wait: str | None, version: str | None, at: str | None
) -> None:
    with pytest.raises(Invalid):
        read_poll(wait=wait, version=version, at=at)


def test_a_plain_read_is_no_poll() -> None:
    assert read_poll(wait=None, version=None, at="17") is None


def test_a_token_tells_the_layers_apart() -> None:
    inherited = msgspec.structs.replace(ENTRY, layer="global")
    assert token_of(ENTRY, "acme") == "3"
    assert token_of(inherited, "acme") == "global:3"
    assert token_of(inherited, "global") == "3"
    assert token_of(None, "acme") == "0"
