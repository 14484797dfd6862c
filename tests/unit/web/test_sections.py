"""Which application answers at a path, and when it is built."""

from collections.abc import Sequence

import pytest
from litestar import Litestar, Router, get
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from tenantry.web.sections import Prefixed, Sections, made


@get("/api/parcels")
async def parcels() -> str:
    return "parcels"


@get("/api/vans/{van:int}")
async def vans(van: FromPath[int]) -> str:
    return f"van {van}"


@get(["/shelf", "/v1/shelf"])
async def shelf() -> str:
    return "shelf"


class Built:
    """Builds, and keeps what it was asked to build."""

    def __init__(self) -> None:
        self.apps: list[Litestar] = []

    def __call__(self, handlers: Sequence[ControllerRouterHandler]) -> Litestar:
        self.apps.append(Litestar(handlers, openapi_config=None))
        return self.apps[-1]


def paths_at(sections: Sections, path: str) -> set[str]:
    return {route.path for route in sections.serving(path).routes}


def test_a_section_is_built_once_and_not_before_it_is_asked_for() -> None:
    built = Built()
    sections = Sections([parcels, vans], build=built)
    assert not built.apps

    assert sections.serving("/api/parcels") is sections.serving("/api/parcels/7/x")
    assert len(built.apps) == 1


def test_a_section_has_the_routes_that_begin_like_it() -> None:
    sections = Sections([parcels, Router(path="/", route_handlers=[vans])], build=Built())

    assert paths_at(sections, "/api/vans/7") == {"/api/vans/{van:int}"}
    assert paths_at(sections, "/api/parcels") == {"/api/parcels"}


def test_a_handler_of_two_paths_is_in_both_sections() -> None:
    sections = Sections([shelf], build=Built())

    assert "/shelf" in paths_at(sections, "/shelf")
    assert "/v1/shelf" in paths_at(sections, "/v1/shelf")
    assert sections.serving("/shelf") is not sections.serving("/v1/shelf")


@pytest.mark.parametrize("path", ["//api//parcels", "/api/parcels/", "///api/parcels//"])
def test_slashes_too_many_do_not_count(path: str) -> None:
    sections = Sections([parcels, vans], build=Built())

    assert sections.serving(path) is sections.serving("/api/parcels")


@pytest.mark.parametrize("path", ["", "/", "/api", "/v1/", "/nowhere/x", "/api/nowhere"])
def test_where_nothing_is_one_application_without_routes_answers(path: str) -> None:
    sections = Sections([parcels, vans], build=Built())

    assert sections.serving(path) is sections.serving("/elsewhere")
    assert not paths_at(sections, path)


def test_what_is_under_a_prefix_is_not_made_before_it_is_asked_for() -> None:
    asked: list[str] = []

    def make() -> list[ControllerRouterHandler]:
        asked.append("vans")
        return [vans]

    sections = Sections([parcels, Prefixed("/api/vans", make)], build=Built())
    sections.serving("/api/parcels")
    assert not asked

    assert paths_at(sections, "/api/vans/7") == {"/api/vans/{van:int}"}
    assert paths_at(sections, "/api/vans") == {"/api/vans/{van:int}"}
    assert asked == ["vans"]
    assert made([parcels, Prefixed("/api/vans", make)]) == [parcels, vans]
