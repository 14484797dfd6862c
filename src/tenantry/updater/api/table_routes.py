"""The routes by which people look at rows, edit them, and have them checked."""

from typing import Any

import msgspec
from litestar import Response, get, patch
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from tenantry.base import Clock
from tenantry.updater.api.questions import (
    DEFAULT_LIMIT,
    PATH,
    TAG,
    AnyRequest,
    Cursor,
    Limit,
    read_columns,
    read_count,
)
from tenantry.updater.model import CheckView, FidelityReport
from tenantry.updater.service import UpdaterTables
from tenantry.web import ActingPrincipal, ActingTenant, Envelope, enveloped


class TableRows(msgspec.Struct, frozen=True):
    """Some rows of a table, by id."""

    rows: tuple[dict[str, Any], ...]


def table_handlers(tables: UpdaterTables, *, clock: Clock) -> list[ControllerRouterHandler]:
    """Return the routes."""

    @get(f"{PATH}/tables/{{table:str}}/rows", tags=[TAG])
    async def list_table_rows(
        principal: ActingPrincipal,
        tenant_id: ActingTenant,
        table: FromPath[str],
        *,
        limit: Limit = None,
        cursor: Cursor = None,
    ) -> Envelope[TableRows]:
        """List the rows of a table, by id."""
        page, following = await tables.page(
            principal,
            tenant_id,
            table,
            limit=read_count(limit, field="limit", default=DEFAULT_LIMIT),
            cursor=cursor,
        )
        return enveloped(TableRows(tuple(page)), clock=clock, next_cursor=following)

    @get(f"{PATH}/tables/{{table:str}}/rows/{{row:str}}", tags=[TAG])
    async def get_table_row(
        principal: ActingPrincipal,
        tenant_id: ActingTenant,
        table: FromPath[str],
        row: FromPath[str],
    ) -> Envelope[dict[str, Any]]:
        """Return one row."""
        return enveloped(await tables.row(principal, tenant_id, table, row), clock=clock)

    @patch(f"{PATH}/tables/{{table:str}}/rows/{{row:str}}", tags=[TAG])
    async def edit_table_row(
        request: AnyRequest,
        principal: ActingPrincipal,
        tenant_id: ActingTenant,
        table: FromPath[str],
        row: FromPath[str],
    ) -> Envelope[dict[str, Any]]:
        """Change columns of a row, which leaves the simulation by that."""
        values = read_columns(await request.body())
        return enveloped(await tables.edit(principal, tenant_id, table, row, values), clock=clock)

    @get(f"{PATH}/check", tags=[TAG])
    async def check_tables(
        principal: ActingPrincipal, tenant_id: ActingTenant
    ) -> Envelope[CheckView]:
        """Say where the rows of the tenant do not agree with each other."""
        return enveloped(await tables.check(principal, tenant_id), clock=clock)

    @get(f"{PATH}/fidelity", tags=[TAG])
    async def get_fidelity(
        principal: ActingPrincipal, tenant_id: ActingTenant
    ) -> Envelope[FidelityReport]:
        """Compare what the rows are like with what was declared."""
        return enveloped(await tables.fidelity(principal, tenant_id), clock=clock)

    @get(f"{PATH}/fidelity.svg", tags=[TAG])
    async def get_fidelity_plot(
        principal: ActingPrincipal, tenant_id: ActingTenant
    ) -> Response[str]:
        """Draw the same."""
        drawn = await tables.plot(principal, tenant_id)
        return Response(drawn, media_type="image/svg+xml")

    return [
        list_table_rows,
        get_table_row,
        edit_table_row,
        check_tables,
        get_fidelity,
        get_fidelity_plot,
    ]
