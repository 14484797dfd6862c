"""What a type checker knows of an answer and of settings; mypy is the test."""

from collections.abc import Mapping
from typing import Never, assert_type

import msgspec

from tenantry.reliability import (
    ApiResponse,
    Kind,
    Outcome,
    Setting,
    SettingsError,
    read_settings,
)

TABLE = (Setting(variable="PORT", kind=Kind.integer(1, 9), default="4", meaning="A port."),)


class Settings(msgspec.Struct, frozen=True):
    port: int


def answer(number: int) -> ApiResponse[int]:
    if number < 0:
        return ApiResponse.bad_request("less than 0")
    return ApiResponse.success(number)


def check_answers() -> None:
    assert_type(ApiResponse.success("x"), ApiResponse[str])
    assert_type(ApiResponse.not_found("User"), ApiResponse[Never])
    assert_type(answer(1).data, int | msgspec.UnsetType)
    assert_type(answer(1).encode(), bytes)


def check_settings(environ: Mapping[str, str]) -> None:
    result = read_settings(TABLE, environ, into=Settings)
    assert_type(result, Outcome[Settings, SettingsError])
    assert_type(result.unwrap().port, int)


def test_what_the_types_say_is_so() -> None:
    assert [answer(number).status for number in (1, -1)] == [200, 400]
    assert read_settings(TABLE, {}, into=Settings).unwrap() == Settings(4)
