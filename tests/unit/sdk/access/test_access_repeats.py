"""Both clients on a real socket: what they repeat, and what they raise."""

import pytest

from tenantry.sdk import (
    Conflict,
    Denied,
    Invalid,
    NotFound,
    RequestFailed,
    Unauthenticated,
    Unavailable,
    Unprocessable,
    Unreachable,
)
from tests.support.access import (
    Do,
    Doing,
    add,
    dropped,
    failing,
    known,
    limited,
    logged_in,
    login,
    me,
    refresh,
    remove,
    revoke,
    unavailable,
)
from tests.support.scripted import Script, ScriptedServer


@pytest.mark.parametrize("trouble", [unavailable, dropped, limited])
def test_a_read_is_repeated(do: Doing, trouble: Script) -> None:
    with ScriptedServer(trouble, trouble, known) as server:
        do(server, me)

    assert len(server.seen) == 3


@pytest.mark.parametrize("trouble", [unavailable, dropped])
@pytest.mark.parametrize("step", [add, refresh])
def test_what_would_be_done_twice_is_sent_once(do: Doing, step: Do, trouble: Script) -> None:
    with ScriptedServer(trouble) as server, pytest.raises(Unavailable):
        do(server, step)

    assert len(server.seen) == 1


@pytest.mark.parametrize("step", [remove, revoke])
def test_a_removal_whose_answer_was_lost_is_done(do: Doing, step: Do) -> None:
    with ScriptedServer(dropped, failing(404, "not_found")) as server:
        do(server, step)

    assert [seen.method for seen in server.seen] == ["DELETE", "DELETE"]


@pytest.mark.parametrize("step", [remove, revoke])
def test_a_removal_of_what_was_never_there_says_so(do: Doing, step: Do) -> None:
    with ScriptedServer(failing(404, "not_found")) as server, pytest.raises(NotFound):
        do(server, step)

    assert len(server.seen) == 1


def test_a_login_is_repeated_where_nobody_has_looked_at_it(do: Doing) -> None:
    with ScriptedServer(unavailable, unavailable, logged_in) as server:
        do(server, login)

    assert len(server.seen) == 3


@pytest.mark.parametrize(
    "trouble, kind",
    [
        pytest.param(failing(401, "invalid_credentials"), Unauthenticated, id="401"),
        pytest.param(limited, Unavailable, id="429"),
        pytest.param(failing(504, "gateway_timeout"), Unavailable, id="504"),
        pytest.param(dropped, Unreachable, id="dropped"),
    ],
)
def test_a_login_that_may_count_as_an_attempt_is_sent_once(
    do: Doing, trouble: Script, kind: type[RequestFailed]
) -> None:
    with ScriptedServer(trouble) as server, pytest.raises(kind):
        do(server, login)

    assert len(server.seen) == 1


@pytest.mark.parametrize(
    "status, code, kind",
    [
        (400, "invalid", Invalid),
        (401, "unauthenticated", Unauthenticated),
        (403, "not_owner", Denied),
        (404, "unknown_tenant", NotFound),
        (409, "member_exists", Conflict),
        (422, "unprocessable", Unprocessable),
    ],
)
def test_a_refusal_is_raised_with_its_kind_and_its_code(
    do: Doing, status: int, code: str, kind: type[RequestFailed]
) -> None:
    with ScriptedServer(failing(status, code)) as server, pytest.raises(kind) as refused:
        do(server, add)

    assert type(refused.value) is kind
    assert (refused.value.status, refused.value.code) == (status, code)
    assert len(server.seen) == 1


def test_who_was_wrong_too_often_is_told_when_to_come_back(do: Doing) -> None:
    for_a_while = failing(429, "rate_limited", headers={"retry_after": "42"})

    with ScriptedServer(for_a_while) as server, pytest.raises(Unavailable) as refused:
        do(server, login)

    assert (refused.value.code, refused.value.retry_after) == ("rate_limited", 42)


def test_who_belongs_to_several_tenants_is_told_which(do: Doing) -> None:
    several = failing(400, "tenant_required", details={"tenants": ["acme", "beta"]})

    with ScriptedServer(several) as server, pytest.raises(Invalid) as refused:
        do(server, login)

    assert refused.value.details == {"tenants": ["acme", "beta"]}
