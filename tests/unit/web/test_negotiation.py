import pytest

from tenantry.web import Form, default_form, negotiate, prefers


@pytest.mark.parametrize(
    "accept, form",
    [
        (None, "plain"),
        (b"", "plain"),
        (b"*/*", "plain"),
        (b"text/html, */*;q=0.8", "plain"),
        (b"application/json", "envelope"),
        (b"Application/JSON; charset=utf-8", "envelope"),
        (b"application/problem+json", "problem"),
        (b"application/json, application/problem+json", "problem"),
        (b"application/problem+json;q=0.5, application/json", "envelope"),
        (b"text/plain, application/json", "plain"),
        (b"application/json;q=0, */*", "plain"),
        (b"application/json;q=no", "plain"),
        (b"application/json;q=2", "plain"),
        (b"application/json" + b", text/x" * 100, "envelope"),
        (b"\xff\xfe", "plain"),
    ],
)
def test_the_form_is_what_accept_names(accept: bytes | None, form: Form) -> None:
    assert negotiate(accept, default="plain") == form


def test_without_a_wish_the_path_decides() -> None:
    assert negotiate(b"*/*", default="envelope") == "envelope"
    assert default_form("/api/config/worker") == "envelope"
    assert default_form("/config/name") == "plain"
    assert default_form("/v1/health") == "plain"


@pytest.mark.parametrize(
    "accept, is_preferred",
    [
        (None, False),
        (b"*/*", False),
        (b"application/json", False),
        (b"application/health+json", True),
        (b"Application/Health+JSON; charset=utf-8", True),
        (b"application/json, application/health+json", True),
        (b"application/health+json;q=0.5, application/json", False),
        (b"application/health+json;q=0, */*", False),
        (b"application/health+json-seq", False),
        (b"\xff\xfe", False),
    ],
)
def test_a_form_of_its_own_is_for_who_prefers_it(
    accept: bytes | None,
    is_preferred: bool,  # noqa: FBT001 - a case
) -> None:
    assert prefers(accept, "application/health+json") is is_preferred
