"""The contextual logger: what a line carries, and what no line does."""

import json
from typing import Any

import pytest

from tenantry.base.errors import Conflict
from tenantry.reliability import Logger
from tenantry.telemetry import bind, configure_logging
from tenantry.testing import FakeClock

LOGGER = Logger.create("UserCollector")


class Wordless(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")


def test_a_line_is_one_json_object_with_name_level_and_fields(log: Any) -> None:
    LOGGER.error(  # noqa: PLE1205 - not the standard library's logger
        "Failed to collect\nuser data",
        {"user_did": "did:plc:example", "attempt": 2},
        error_code="RATE_LIMITED",
    )

    (line,) = log.text.splitlines()
    told = json.loads(line)
    assert told.pop("timestamp").endswith("Z")
    assert told == {
        "level": "error",
        "event": "Failed to collect\nuser data",
        "logger": "UserCollector",
        "user_did": "did:plc:example",
        "attempt": 2,
        "error_code": "RATE_LIMITED",
    }


def test_each_level_is_written_as_itself(log: Any) -> None:
    for level in ("debug", "info", "warning", "error"):
        getattr(LOGGER, level)("hello")

    assert [line["level"] for line in log.lines] == ["debug", "info", "warning", "error"]


def test_below_the_level_nothing_is_written(log: Any) -> None:
    sink = configure_logging(level="warning", format="json", stream=log.stream)
    LOGGER.info("quiet")
    LOGGER.warning("loud")
    sink.stop()

    assert [line["event"] for line in log.lines] == ["loud"]


def test_a_child_carries_both_names_and_what_is_bound(log: Any) -> None:
    bound = LOGGER.bind(worker="w-1").bind({"shard": 7})
    bound.child("profiles").child("images").info("hello", shard=8)
    bound.info("hello")
    LOGGER.info("hello")

    first, second, third = log.lines
    assert (first["logger"], first["worker"], first["shard"]) == (
        "UserCollector:profiles:images",
        "w-1",
        8,
    )
    assert (second["logger"], second["shard"]) == ("UserCollector", 7)
    assert "worker" not in third


def test_the_correlation_id_is_that_of_the_request_unless_another_is_given(log: Any) -> None:
    with bind(correlation_id="r-1", tenant_id="acme"):
        LOGGER.info("hello")
        LOGGER.with_correlation_id("r-2").child("x").info("hello")
    LOGGER.info("hello")

    first, second, third = log.lines
    assert (first["correlation_id"], first["tenant_id"]) == ("r-1", "acme")
    assert (second["correlation_id"], second["tenant_id"]) == ("r-2", "acme")
    assert "correlation_id" not in third


def test_a_timer_tells_how_long_it_took(log: Any) -> None:
    clock = FakeClock()
    timer = Logger.create("batch", clock=clock).start_timer()
    clock.advance(1.2345)

    assert timer.end("Batch done", {"rows": 3}, table="users") == 1234.5
    (line,) = log.lines
    assert (line["event"], line["duration_ms"], line["rows"]) == ("Batch done", 1234.5, 3)


def test_secrets_and_email_addresses_are_masked_wherever_they_stand(log: Any) -> None:
    logger = LOGGER.bind(api_key="sk-1").with_correlation_id("ada@example.com")
    logger.error(  # noqa: PLE1205 - not the standard library's logger
        "no mail for ada@example.com",
        {"password": "hunter2", "user": {"email": "ada@example.com", "token": "t-1"}},
        error=ConnectionError("postgresql://ada:hunter2@db.example.com/x refused"),
    )

    for secret in ("sk-1", "hunter2", "t-1", "ada@"):
        assert secret not in log.text
    (line,) = log.lines
    assert line["event"] == "no mail for a***@example.com"
    assert line["user"] == {"email": "a***@example.com", "token": "[redacted]"}


def test_an_error_is_told_by_its_class_and_its_message(log: Any) -> None:
    LOGGER.api_error("fetch_user_profile", TimeoutError("no answer"), {"user_id": "123"})
    LOGGER.db_error("insert", Conflict("version 3 is not the last"), table="users")
    LOGGER.api_error("fetch_user_profile", "status 503")
    LOGGER.error("odd", error=Wordless())

    api, db, text, odd = log.lines
    assert (api["event"], api["level"]) == ("API call failed", "error")
    assert api["operation"] == "fetch_user_profile"
    assert (api["error"], api["user_id"]) == ("TimeoutError: no answer", "123")
    assert (db["event"], db["level"]) == ("Database operation failed", "error")
    assert (db["error"], db["table"]) == ("Conflict: version 3 is not the last", "users")
    assert text["error"] == "status 503"
    assert odd["error"] == "Wordless"


def test_what_happens_often_has_words_of_its_own(log: Any) -> None:
    LOGGER.api_success("fetch_user_profile", status=200)
    LOGGER.user_action("profile_update", "did:plc:example", {"fields": ["bio", "avatar"]})
    LOGGER.db_operation("select", table="users")
    LOGGER.rate_limit_hit("api", principal="ada", address="203.0.113.7")
    LOGGER.circuit_breaker_open("billing", retry_after=30)

    told = [{key: line[key] for key in list(line) if key != "timestamp"} for line in log.lines]
    assert [(line.pop("level"), line.pop("event")) for line in told] == [
        ("info", "API call succeeded"),
        ("info", "User action"),
        ("debug", "Database operation"),
        ("warning", "Rate limit exceeded"),
        ("warning", "Circuit breaker open"),
    ]
    assert told == [
        {"logger": "UserCollector", "operation": "fetch_user_profile", "status": 200},
        {
            "logger": "UserCollector",
            "action": "profile_update",
            "user_id": "did:plc:example",
            "fields": ["bio", "avatar"],
        },
        {"logger": "UserCollector", "operation": "select", "table": "users"},
        {
            "logger": "UserCollector",
            "limiter": "api",
            "principal": "ada",
            "address": "203.0.113.7",
        },
        {"logger": "UserCollector", "breaker": "billing", "retry_after": 30},
    ]


@pytest.mark.parametrize(
    "name", ["message", "event", "level", "timestamp", "self", "fields", "name"]
)
def test_a_field_may_have_any_name_and_hides_nothing(log: Any, name: str) -> None:
    LOGGER.info("hello", **{name: "field"})

    (line,) = log.lines
    assert (line["event"], line["level"]) == ("hello", "info")
    assert "field" in line.values()


def test_a_field_does_not_hide_what_a_line_is_about(log: Any) -> None:
    LOGGER.bind(operation="other").api_error("fetch", OSError("gone"), error="hidden")

    (line,) = log.lines
    assert (line["operation"], line["error"]) == ("fetch", "OSError: gone")


def test_a_mapping_may_have_keys_that_are_no_text(log: Any) -> None:
    fields: Any = {17: "x"}

    LOGGER.info("hello", fields)  # noqa: PLE1205 - not the standard library's logger

    assert log.lines[0]["17"] == "x"
