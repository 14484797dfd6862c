"""What the nouns of a client are made of: methods that send a request, or many."""

from collections.abc import Callable, Generator
from functools import wraps
from typing import Concatenate, Generic, ParamSpec, TypeVar

from tenantry.sdk.access.acting import Acting, TenantUnknown
from tenantry.sdk.access.request import Page
from tenantry.sdk.access.sign_in import SignInRequests
from tenantry.sdk.http import Http
from tenantry.sdk.request import Request

P = ParamSpec("P")
R_co = TypeVar("R_co", covariant=True)
T = TypeVar("T")


class Sender:
    """Sends requests as whoever the client acts as."""

    def __init__(self, http: Http, acting: Acting) -> None:
        self._http = http
        self._acting = acting

    def send(self, request: Request[T]) -> T:
        """Send a request and return what its answer says; raises `RequestFailed`."""
        return self._http.send(self._acting.signed(request))

    def built(self, build: Callable[[], Request[T]]) -> Request[T]:
        """Return what `build` makes; where it needs the token's tenant, that is asked for once."""
        try:
            return build()
        except TenantUnknown:
            token = self._acting.token
            if token is None:
                raise
            me = self.send(SignInRequests(self._acting).me())
            self._acting.learn(me, token=token)
            return build()


class Nouns(Generic[R_co]):
    """What a client can do with one kind of thing."""

    def __init__(self, sender: Sender, requests: R_co) -> None:
        self._sender = sender
        self._requests = requests


def sent(
    build: Callable[Concatenate[R_co, P], Request[T]],
) -> Callable[Concatenate[Nouns[R_co], P], T]:
    """Return the method that sends what `build` makes."""

    @wraps(build)
    def method(self: Nouns[R_co], /, *args: P.args, **kwargs: P.kwargs) -> T:
        request = self._sender.built(lambda: build(self._requests, *args, **kwargs))
        return self._sender.send(request)

    return method


def listed(
    build: Callable[Concatenate[R_co, P], Request[Page[T]]],
) -> Callable[Concatenate[Nouns[R_co], P], Generator[T, None, None]]:
    """Return the method that yields what `build` asks for, page by page."""

    @wraps(build)
    def method(self: Nouns[R_co], /, *args: P.args, **kwargs: P.kwargs) -> Generator[T, None, None]:
        request: Request[Page[T]] | None
        request = self._sender.built(lambda: build(self._requests, *args, **kwargs))
        while request is not None:
            page = self._sender.send(request)
            yield from page.items
            request = page.next_request

    return method
