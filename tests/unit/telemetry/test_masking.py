import dataclasses
import enum
import time

import msgspec
import pytest

from tenantry.telemetry.masking import is_secret_name, mask_text, mask_value


class Login(msgspec.Struct):
    user: str
    password: str


class Colour(enum.Enum):
    RED = "red"


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "Password",
        "db_passwd",
        "secret",
        "client_secret",
        "token",
        "access_token",
        "authorization",
        "Authorization",
        "api_key",
        "apiKey",
        "x-api-key",
        "set-cookie",
        "credentials",
        "private_key",
        "MASTER_KEY",
    ],
)
def test_a_field_named_like_a_secret_is_redacted(name: str) -> None:
    assert mask_value(name, "hunter2") == "[redacted]"
    assert mask_value(name, 1234) == "[redacted]"
    assert mask_value(name, ["hunter2"]) == "[redacted]"


@pytest.mark.parametrize("name", ["idempotency_key", "dedupe_key", "token_count", "fencing_token"])
def test_what_is_only_about_a_secret_is_shown(name: str) -> None:
    assert not is_secret_name(name)
    assert mask_value(name, 3) == 3


def test_whether_there_is_a_secret_is_shown() -> None:
    assert mask_value("is_secret", value=True) is True
    assert mask_value("password", None) is None


def test_secrets_and_addresses_inside_containers_are_masked() -> None:
    masked = mask_value(
        "request",
        {
            "headers": [{"authorization": "Bearer x"}, ("bob@example.com", 1)],
            "bob@example.com": Login(user="ann@example.org", password="p"),
            "secret": False,
        },
    )

    assert masked == {
        "headers": [{"authorization": "[redacted]"}, ["b***@example.com", 1]],
        "b***@example.com": {"user": "a***@example.org", "password": "[redacted]"},
        "secret": False,
    }


def test_any_object_becomes_plain_json() -> None:
    @dataclasses.dataclass
    class Point:
        x: int

    assert mask_value("a", Colour.RED) == "red"
    assert mask_value("a", b"caf\xc3\xa9 \xff") == "café \\xff"
    assert mask_value("a", ValueError("of bob@example.com")) == "ValueError: of b***@example.com"
    assert "Point(x=1)" in mask_value("a", Point(1))


def test_a_structure_that_contains_itself_is_cut() -> None:
    endless: list[object] = []
    endless.append(endless)

    assert "nested too deeply" in str(mask_value("a", endless))


@pytest.mark.parametrize(
    "text, masked",
    [
        ("alice@example.com", "a***@example.com"),
        ("a@example.com", "a***@example.com"),
        ('value: "bob.smith+x@mail.example.co.uk"!', 'value: "b***@mail.example.co.uk"!'),
        ("<bob@example.com>,ann@example.org.", "<b***@example.com>,a***@example.org."),
        ("jürgen@exämple.de", "j***@exämple.de"),
        ("\\nbob@example.com", "\\n***@example.com"),
        ("@handle and a @ b and x@localhost", "@handle and a @ b and x@localhost"),
        ("postgresql://u:p4ss@db.example.com/x", "postgresql://u:[redacted]@db.example.com/x"),
        ("redis://:p4ss@cache:6379", "redis://:[redacted]@cache:6379"),
        ("nothing to hide", "nothing to hide"),
    ],
)
def test_addresses_and_passwords_in_text_are_masked(text: str, masked: str) -> None:
    assert mask_text(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "a" * 1_000_000 + "@",
        "@" + "a" * 1_000_000,
        "a@" * 500_000,
        "a@b." * 250_000,
        "://" * 300_000 + "@",
        "://a:" * 200_000 + "@ ",
        "a.b-" * 250_000 + "@-",
    ],
)
def test_no_text_takes_long_to_mask(text: str) -> None:
    started = time.perf_counter()
    mask_text(text)
    assert time.perf_counter() - started < 2
