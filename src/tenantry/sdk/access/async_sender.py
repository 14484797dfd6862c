"""What the nouns of a client on asyncio are made of: as `sender`, with every wait awaited."""

from collections.abc import AsyncGenerator, Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

from tenantry.sdk.access.acting import Acting, TenantUnknown
from tenantry.sdk.access.request import Page
from tenantry.sdk.access.sign_in import SignInRequests
from tenantry.sdk.async_http import AsyncHttp
from tenantry.sdk.request import Request

P = ParamSpec("P")
R_co = TypeVar("R_co", covariant=True)
T = TypeVar("T")


class AsyncSender:
    """Sends requests as whoever the client acts as."""

    def __init__(self, http: AsyncHttp, acting: Acting) -> None:
        self._http = http
        self._acting = acting

    async def send(self, request: Request[T]) -> T:
        """Send a request and return what its answer says; raises `RequestFailed`."""
        return await self._http.send(self._acting.signed(request))

    async def built(self, build: Callable[[], Request[T]]) -> Request[T]:
        """Return what `build` makes; where it needs the token's tenant, that is asked for once."""
        try:
            return build()
        except TenantUnknown:
            token = self._acting.token
            if token is None:
                raise
            me = await self.send(SignInRequests(self._acting).me())
            self._acting.learn(me, token=token)
            return build()


class AsyncNouns(Generic[R_co]):
    """What a client can do with one kind of thing."""

    def __init__(self, sender: AsyncSender, requests: R_co) -> None:
        self._sender = sender
        self._requests = requests


def sent(
    build: Callable[Concatenate[R_co, P], Request[T]],
) -> Callable[Concatenate[AsyncNouns[R_co], P], Coroutine[Any, Any, T]]:
    """Return the method that sends what `build` makes."""

    @wraps(build)
    async def method(self: AsyncNouns[R_co], /, *args: P.args, **kwargs: P.kwargs) -> T:
        request = await self._sender.built(lambda: build(self._requests, *args, **kwargs))
        return await self._sender.send(request)

    return method


def listed(
    build: Callable[Concatenate[R_co, P], Request[Page[T]]],
) -> Callable[Concatenate[AsyncNouns[R_co], P], AsyncGenerator[T, None]]:
    """Return the method that yields what `build` asks for, page by page."""

    @wraps(build)
    async def method(
        self: AsyncNouns[R_co], /, *args: P.args, **kwargs: P.kwargs
    ) -> AsyncGenerator[T, None]:
        following: Request[Page[T]] | None
        following = await self._sender.built(lambda: build(self._requests, *args, **kwargs))
        while following is not None:
            page = await self._sender.send(following)
            for item in page.items:
                yield item
            following = page.next_request

    return method
