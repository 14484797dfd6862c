"""A JSON API that answers in pages, read page by page."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

import aiohttp
import yarl

from tenantry.base import Clock, SystemClock
from tenantry.reliability import Retry
from tenantry.sync.errors import AuthError, NetworkError, SyncError, ValidationError
from tenantry.sync.model import (
    Collection,
    CollectionCheck,
    HttpSource,
    Position,
    SourcePage,
    Unchanged,
)
from tenantry.sync.remote.checking import check_collections
from tenantry.sync.remote.http.answer import (
    NOT_MODIFIED,
    OK,
    REFUSED,
    Answer,
    error_of,
    parse_answer,
    read_body,
)
from tenantry.sync.remote.http.pool import HttpPool, is_out_of_reach
from tenantry.sync.remote.http.position import (
    Place,
    etag_for,
    marked_etag,
    place_of,
    token_of,
)
from tenantry.sync.remote.http.token import bearer_of
from tenantry.sync.remote.port import SecretReader
from tenantry.sync.remote.since import since_of

LONGEST_PAUSE_SECONDS: Final = 10.0
"""Where a source asks for more, the attempt ends, and whoever runs it says when to try again."""

_ATTEMPTS: Final = 4
_FIRST_PAUSE_SECONDS: Final = 0.2
_NO_CREDENTIALS: Final = frozenset({400, 401, 403})
_TENANT: Final = "{tenant}"
_SYSTEM_CLOCK: Final = SystemClock()


class HttpReader:
    """The `OpenSource` of an `HttpSource`.

    A page that cannot be had for now is asked for again, a few times and with pauses between, as
    far as the deadline allows. A refused token is replaced once.
    """

    def __init__(
        self,
        *,
        source: HttpSource,
        tenant_id: str,
        correlation_id: str,
        secret: SecretReader,
        pool: HttpPool,
        retry: Retry | None = None,
        clock: Clock = _SYSTEM_CLOCK,
    ) -> None:
        self._source = source
        self._tenant_id = tenant_id
        self._correlation_id = correlation_id
        self._pool = pool
        self._clock = clock
        self._retry = retry or page_retry(clock=clock)
        self._bearer = bearer_of(
            source.auth,
            owner=(tenant_id, source.base_url),
            secret=secret,
            tokens=pool.tokens,
            post=self._post,
        )

    async def fetch(self, collection: Collection, position: Position) -> SourcePage | Unchanged:
        """Return the page at `position`, or that nothing of the collection has changed."""
        place = self._place_at(collection, position)
        where = _where(collection, place)
        request = self._identity(collection, place)
        known = etag_for(position.etag, request) if position.token is None else None

        response, body = await self._retry.acall(self._get, collection, place, known, where)
        if response.status == NOT_MODIFIED:
            return Unchanged()

        answer = parse_answer(body, collection, where=where)
        following = None if collection.is_single else self._next(answer, place, where)
        etag = response.headers.get("ETag")
        is_first = position.token is None
        return SourcePage(
            rows=answer.rows,
            next_token=None if following is None else token_of(following),
            total=1 if collection.is_single else _total(answer),
            etag=marked_etag(etag, request)
            if etag and is_first and self._stands_for_all(collection, answer, following)
            else None,
            is_incremental=place.since is not None,
        )

    async def check(self) -> tuple[CollectionCheck, ...]:
        """Ask for the first page of every collection."""
        return await check_collections(self._source.collections, self.fetch)

    async def close(self) -> None:
        """Do nothing: connections belong to the pool."""

    def _place_at(self, collection: Collection, position: Position) -> Place:
        if position.token is not None:
            place = place_of(position.token, where=collection.name)
            has_own = place.page if self._source.paging == "page" else place.cursor
            if has_own is None:
                told = "the place to read on at is of another kind of paging"
                raise ValidationError(f"{collection.name}: {told}; begin the collection anew")
            return place
        is_incremental = self._source.since is not None and collection.cursor is not None
        return Place(
            page=1 if self._source.paging == "page" and not collection.is_single else None,
            since=since_of(position) if is_incremental else None,
        )

    def _identity(self, collection: Collection, place: Place) -> tuple[Any, ...]:
        """Return what an etag belongs to: the page that was asked for, or the collection."""
        # Rows that were checked by another key or schema are not known to be good by this one.
        whole = (self._source.base_url, collection.path, collection.key, collection.schema)
        if self._source.etag == "collection":
            return ("collection", *whole)
        return ("page", *whole, self._source.page_size, self._source.paging, place.since)

    def _stands_for_all(
        self, collection: Collection, answer: Answer, following: Place | None
    ) -> bool:
        """Whether an unchanged first page means an unchanged collection.

        A page that is full does not, although it is the only one: the next row to come would be
        on a second page, and the first could well stay what it is.
        """
        if collection.is_single or self._source.etag == "collection":
            return True
        return following is None and len(answer.rows) < self._source.page_size

    def _next(self, answer: Answer, place: Place, where: str) -> Place | None:
        pagination = answer.pagination
        if pagination is None:
            wants = "{page, limit, total, totalPages}"
            if self._source.paging == "cursor":
                wants = "{nextCursor}"
            # Without it nobody could tell the end of a collection from the end of a page.
            raise ValidationError(f"{where}: pagination: is missing, wants {wants}")

        if self._source.paging == "cursor":
            if pagination.next_cursor is None:
                return None
            if pagination.next_cursor == place.cursor:
                told = "got the cursor of this very page, wants the next one's, or null"
                raise ValidationError(f"{where}: pagination.nextCursor: {told}")
            return Place(cursor=pagination.next_cursor, since=place.since)

        page = place.page or 1
        if pagination.page is not None and pagination.page != page:
            told = f"got {pagination.page}, wants {page}, which was asked for"
            raise ValidationError(f"{where}: pagination.page: {told}")
        if pagination.page_count is None:
            raise ValidationError(f"{where}: pagination.totalPages: is missing, wants a number")
        # An empty page ends a collection, whatever is said of pages behind it: whether that was
        # all of it is for the total to say.
        if page >= pagination.page_count or not answer.rows:
            return None
        return Place(page=page + 1, since=place.since)

    async def _get(
        self, collection: Collection, place: Place, etag: str | None, where: str
    ) -> tuple[aiohttp.ClientResponse, bytes]:
        """Ask for a page, again with a fresh token where the first is refused."""
        url = self._url(collection, place)
        headers = {} if etag is None else {"If-None-Match": etag}
        token = await self._bearer.token()
        response, body = await self._send("GET", url, where, headers=_with(headers, token))
        if response.status in REFUSED and token is not None:
            token = await self._bearer.refreshed(token)
            response, body = await self._send("GET", url, where, headers=_with(headers, token))

        if response.status == OK or (response.status == NOT_MODIFIED and etag is not None):
            return response, body
        raise error_of(
            response.status,
            response.headers,
            where=where,
            is_tenant=collection.is_single,
            now=self._clock.now(),
        )

    async def _post(self, url: str, form: dict[str, str]) -> bytes:
        """Ask for a service token."""
        where = "service_token"
        response, body = await self._send("POST", yarl.URL(url), where, headers={}, data=form)
        if response.status in _NO_CREDENTIALS:
            raise AuthError(f"{where}: got {response.status}, the credentials are refused")
        if response.status != OK:
            raise error_of(
                response.status,
                response.headers,
                where=where,
                is_tenant=False,
                now=self._clock.now(),
            )
        return body

    async def _send(
        self, method: str, url: yarl.URL, where: str, **options: Any
    ) -> tuple[aiohttp.ClientResponse, bytes]:
        options["headers"] = {**options["headers"], "X-Correlation-ID": self._correlation_id}
        seconds = self._source.timeout_seconds
        try:
            async with (
                asyncio.timeout(seconds),
                self._pool.session.request(
                    method, url, allow_redirects=False, **options
                ) as response,
            ):
                # What an error says is of no use: it may hold anything, and is shown to nobody.
                body = await read_body(response, where=where) if response.status == OK else b""
                return response, body
        except aiohttp.ClientError as error:
            raise _failure(error, url, where) from None
        except TimeoutError:
            raise NetworkError(f"{where}: no answer within {seconds:g} s") from None
        except (OSError, ValueError) as error:
            raise _failure(error, url, where) from None

    def _url(self, collection: Collection, place: Place) -> yarl.URL:
        path = (collection.path or "").replace(_TENANT, quote(self._tenant_id, safe=""))
        url = yarl.URL(f"{self._source.base_url}{path}", encoded=True)
        query: dict[str, str] = {}
        if place.page is not None:
            query["page"] = str(place.page)
        if not collection.is_single:
            query["limit"] = str(self._source.page_size)
        if place.cursor is not None:
            query["cursor"] = place.cursor
        if place.since is not None and self._source.since is not None:
            query[self._source.since] = place.since
        return url.with_query(query) if query else url


def page_retry(*, clock: Clock = _SYSTEM_CLOCK) -> Retry:
    """Return how a page is asked for again: full jitter, and what the source asks for at least."""
    return Retry(
        name="sync-source",
        attempts=_ATTEMPTS,
        first_seconds=_FIRST_PAUSE_SECONDS,
        most_seconds=LONGEST_PAUSE_SECONDS / 2,
        is_transient=_is_worth_another,
        clock=clock,
    )


def _is_worth_another(error: Exception) -> bool:
    return isinstance(error, NetworkError) and error.retry_after_seconds <= LONGEST_PAUSE_SECONDS


def _where(collection: Collection, place: Place) -> str:
    """Return what a message calls a page."""
    if place.page is not None:
        return f"{collection.name}, page {place.page}"
    if place.cursor is not None:
        return f"{collection.name}, a later page"
    return collection.name


def _with(headers: Mapping[str, str], token: str | None) -> dict[str, str]:
    return {**headers, **({} if token is None else {"Authorization": f"Bearer {token}"})}


def _total(answer: Answer) -> int | None:
    return None if answer.pagination is None else answer.pagination.total


def _failure(error: Exception, url: yarl.URL, where: str) -> SyncError:
    """Return what went wrong with a request; an error of the library may quote headers."""
    host = url.host or ""
    if is_out_of_reach(error):
        told = "is no public address, and in none of SYNC_ALLOWED_NETWORKS"
        return ValidationError(f"{where}: {host} {told}")
    if isinstance(error, ValueError | aiohttp.InvalidURL):
        return ValidationError(f"{where}: the request cannot be sent to {host}")
    return NetworkError(f"{where}: {host} was not reached, or broke off ({type(error).__name__})")
