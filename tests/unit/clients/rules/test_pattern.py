import pytest

from tenantry.clients.rules.pattern import address_of, pattern_of


@pytest.mark.parametrize(
    "path, link",
    [
        ("/", "/"),
        ("/", ""),
        ("", "/"),
        ("/profile", "/profile/"),
        ("/profile/", "/profile"),
        ("/Profile", "/pROFILE"),
        ("/about/*", "/about"),
        ("/about/*", "/about/"),
        ("/about/*", "/about/us/all"),
        ("/inbox/**", "/inbox/"),
        ("/inbox/**", "/inbox/1/2"),
        ("*", "/"),
        ("*", "/any/where"),
        ("/*", "/any"),
        ("about", "/about"),
        ("/docs/:slug", "/docs/some-thing"),
        ("/docs/:slug", "/docs/a%20b?x=1#y"),
        ("/files/:name.json", "/files/a.JSON"),
        ("/graph/:projectId?/:nodeId?", "/graph"),
        ("/graph/:projectId?/:nodeId?", "/graph/1"),
        ("/graph/:projectId?/:nodeId?", "/graph/1/2"),
        ("/a/:x?/b", "/a/b"),
        ("/a/edit?", "/a"),
        ("/a/edit?", "/a/edit"),
        (r"/a/:id(\d+)", "/a/7"),
        ("/a/:rest*", "/a"),
        ("/a/:rest+", "/a/b/c"),
        ("/x*", "/x/y"),
    ],
)
def test_a_path_answers(path: str, link: str) -> None:
    assert pattern_of(path).answers(address_of(link))


@pytest.mark.parametrize(
    "path, link",
    [
        ("/", "/profile"),
        ("/profile", "/"),
        ("/profile", "/profile/usage"),
        ("/docs/:slug", "/docs"),
        ("/docs/:slug", "/docs/a/b"),
        ("/docs/:slug/*", "/docs/"),
        ("/about/*", "/aboutus"),
        ("/files/:name.json", "/files/.json"),
        ("/graph/:projectId?/:nodeId?", "/graph/1/2/3"),
        ("/a/:x?/b", "/a/c"),
        ("/a/:rest+", "/a"),
        ("/a/*/b", "/a/x/b"),
    ],
)
def test_a_path_does_not_answer(path: str, link: str) -> None:
    assert not pattern_of(path).answers(address_of(link))


@pytest.mark.parametrize(
    "path, other",
    [
        ("/a/:x", "/a/:y/"),
        ("/A", "/a/"),
        ("/x/*", "/x/**"),
        ("/x/:id?", "/x"),
        ("/x/:id?", "/x/:other"),
        ("*", "/*"),
    ],
)
def test_neither_of_two_paths_is_more_specific(path: str, other: str) -> None:
    assert pattern_of(path).shapes() & pattern_of(other).shapes()


@pytest.mark.parametrize(
    "path, other",
    [
        ("/a/:x", "/a/b"),
        ("/a/*", "/a"),
        ("/a/*", "/a/:x"),
        ("/a/:x", "/a/:x/*"),
        ("/a/:x.json", "/a/:x"),
        (r"/a/:x(\d+)", "/a/:x"),
        ("*", "/"),
    ],
)
def test_one_of_two_paths_is_more_specific(path: str, other: str) -> None:
    assert not pattern_of(path).shapes() & pattern_of(other).shapes()


def test_a_path_of_optional_segments_only_is_answered_quickly() -> None:
    pattern = pattern_of("/".join([":x?"] * 60))

    assert pattern.answers(("a",) * 30)
    assert len(pattern.shapes()) < 200
