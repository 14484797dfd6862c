"""Where a drill takes place: a server, as seen from outside."""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Any, Final

import msgspec

from tenantry.terminal.http import Answer, Http

# What a drill asks for is refused as a matter of course.
_EXPECTED: Final = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.SERVICE_UNAVAILABLE,
    }
)
_POLL_SECONDS: Final = 0.1


class Site:
    """Requests of a drill; an answer with an error is an answer, and is not asked for again."""

    def __init__(self, http: Http, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._http = http
        self.sleep = sleep

    def get(self, path: str) -> Answer:
        """Get a path."""
        return self._http.send("GET", path, attempts=1, accepts=_EXPECTED)

    def put(self, path: str, body: bytes) -> Answer:
        """Put a body that claims to be JSON."""
        headers = {"Content-Type": "application/json"}
        return self._http.send(
            "PUT", path, body=body, headers=headers, attempts=1, accepts=_EXPECTED
        )

    def post(self, path: str, **fields: Any) -> Answer:
        """Post an object below `/api/drill/`."""
        body = msgspec.json.encode(fields)
        return self._http.send(
            "POST", f"/api/drill/{path}", body=body, attempts=1, accepts=_EXPECTED
        )

    def ask(self, path: str, **fields: Any) -> dict[str, Any]:
        """Post an object below `/api/drill/`, and return what a success says."""
        told: dict[str, Any] = self.post(path, **fields).data(dict[str, Any])
        return told

    def together(self, count: int, path: str, **fields: Any) -> list[Answer]:
        """Post the same `count` times at the same time."""
        with ThreadPoolExecutor(count) as threads:
            waiting = [threads.submit(self.post, path, **fields) for _ in range(count)]
            return [answer.result() for answer in waiting]

    def breaker(self, name: str) -> Mapping[str, Any]:
        """Return how a breaker stands."""
        listed = self._look("/api/reliability/breakers").data(list[dict[str, Any]])
        return next(breaker for breaker in listed if breaker["name"] == name)

    def figures(self) -> Mapping[str, Any]:
        """Return the figures of the server's database."""
        figures: dict[str, Any] = self._look("/api/reliability/database").data(dict[str, Any])
        return figures

    def is_alive(self) -> bool:
        """Whether the server answers, and reads its database."""
        is_up = self.get("/livez").status == HTTPStatus.OK
        return is_up and self.ask("read")["error"] is None

    def until(self, is_so: Callable[[], bool], *, seconds: float = 15.0) -> bool:
        """Look again and again, for `seconds` at most, and return whether it came to be so."""
        ends_at = time.monotonic() + seconds
        while not is_so():
            if time.monotonic() >= ends_at:
                return False
            self.sleep(_POLL_SECONDS)
        return True

    def _look(self, path: str) -> Answer:
        """Get what is no part of the drill: the limit of the API is waited for."""
        return self._http.send("GET", path)


def code_of(answer: Answer) -> str:
    """Return the code of an error in an envelope; empty for a success."""
    if answer.status < HTTPStatus.BAD_REQUEST:
        return ""
    error = answer.decode(dict[str, Any]).get("error") or {}
    return str(error.get("code", ""))


def retry_after(answer: Answer) -> float:
    """Return after how many seconds to come again."""
    return float(answer.headers.get("retry-after", "0"))
