"""Every request there is about updaters: the one core of both kinds of client."""

from collections.abc import Mapping
from typing import Any, Final, TypeVar

import msgspec

from tenantry.sdk.access.request import Page, Requests, given, id_segment, member_listing
from tenantry.sdk.errors import Invalid
from tenantry.sdk.model import Moment
from tenantry.sdk.reply import Reply, data_of, decode, error_of
from tenantry.sdk.request import Request, json_body, moment_text, target_of
from tenantry.sdk.updater.model import (
    ScheduleExplanation,
    UpdaterBackfill,
    UpdaterCheck,
    UpdaterConfiguration,
    UpdaterExecution,
    UpdaterFiring,
    UpdaterHealth,
    UpdaterLogLine,
    UpdaterMetrics,
    UpdaterRun,
    UpdaterRunDetail,
    UpdaterStatus,
    UpdaterUndo,
)

T = TypeVar("T")

_UPDATER: Final = "/api/database-updater"
# Behind what is due first, and a year of rows takes its time to be looked at.
_THINKING_SECONDS: Final = 120.0
_NOTHING_DONE: Final = frozenset({503})
_UNHEALTHY: Final = 503


class _Told(msgspec.Struct):
    message: str


class _Preview(msgspec.Struct):
    schedules: dict[str, ScheduleExplanation]


class _Logs(msgspec.Struct):
    logs: tuple[UpdaterLogLine, ...]


class _Answered(msgspec.Struct):
    data: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class UpdaterRequests(Requests):
    """What can be asked about the updaters of a tenant.

    `tenant` is the one that is meant, where it is neither the client's nor the token's own; root's
    is the default tenant of the server. An updater is named by its name or by its schedule's key.
    """

    def status(self, *, tenant: str | None = None) -> Request[UpdaterStatus]:
        """Return how updaters stand, and when each runs next."""
        return self._get("status", UpdaterStatus, tenant)

    def start(
        self, *, dry_run: bool = False, log_level: str | None = None, tenant: str | None = None
    ) -> Request[str]:
        """Have updaters run by their schedules, on whichever node; sent once."""
        order = {"dryRun": dry_run, **given(logLevel=log_level)}
        return self._once("start", order, tenant, read=_read_message)

    def stop(self, *, tenant: str | None = None) -> Request[str]:
        """Have them run no more; sent once."""
        return self._once("stop", None, tenant, read=_read_message)

    def config(self, *, tenant: str | None = None) -> Request[UpdaterConfiguration]:
        """Return the configuration, and what its schedules mean."""
        return self._get("config", UpdaterConfiguration, tenant)

    def configure(
        self, change: Mapping[str, Any], *, tenant: str | None = None
    ) -> Request[UpdaterConfiguration]:
        """Merge `change` into the configuration, and return it with what its schedules mean.

        Keys are in camelCase; None takes a value back to what it is by itself.
        """
        body = json_body({"config": change})
        return self._body("PUT", "config", body, UpdaterConfiguration, tenant)

    def explain(
        self,
        expression: str,
        *,
        timezone: str | None = None,
        after: Moment | None = None,
        count: int = 10,
        intent: str | None = None,
        updater: str | None = None,
        tenant: str | None = None,
    ) -> Request[ScheduleExplanation]:
        """Return what a cron expression means: in words, runs and rows."""
        asked = given(timezone=timezone, intent=intent, updater=updater)
        if after is not None:
            asked["after"] = moment_text(after)
        body = json_body({"expression": expression, "count": count, **asked})
        return self._body("POST", "explain", body, ScheduleExplanation, tenant)

    def preview(
        self, *, count: int = 10, tenant: str | None = None
    ) -> Request[dict[str, ScheduleExplanation]]:
        """Return what each enabled schedule will do next, by its key."""
        return self._read(
            target_of(f"{_UPDATER}/preview", count=count),
            tenant,
            read=lambda reply: data_of(reply, _Preview).schedules,
        )

    def execute(
        self,
        updater: str,
        *,
        dry_run: bool = False,
        token: str | None = None,
        tenant: str | None = None,
    ) -> Request[UpdaterExecution]:
        """Run an updater now; with the `token` of a dry run exactly what that has shown.

        It is sent once, unless nothing is written by it.
        """
        path = f"execute/{id_segment('updater', updater)}"
        if dry_run:
            if token is not None:
                raise Invalid("execute: got dry_run and a token, wants one of them at most")
            return self.dry_run(updater, tenant=tenant)
        order = given(token=token)
        return self._once(path, order, tenant, read=lambda reply: data_of(reply, UpdaterExecution))

    def dry_run(self, updater: str, *, tenant: str | None = None) -> Request[UpdaterExecution]:
        """Return the rows that a run would write now, and the token to have exactly these."""
        path = f"dry-run/{id_segment('updater', updater)}"
        return self._body("POST", path, None, UpdaterExecution, tenant)

    def undo(self, run_id: str, *, tenant: str | None = None) -> Request[UpdaterUndo]:
        """Take back what a run has done, but for what a person has changed since; sent once."""
        path = f"undo/{id_segment('run_id', run_id)}"
        return self._once(path, None, tenant, read=lambda reply: data_of(reply, UpdaterUndo))

    def undo_all(self, *, tenant: str | None = None) -> Request[UpdaterUndo]:
        """Take back every run there is; sent once."""
        return self.undo("all", tenant=tenant)

    def backfill(self, days: int, *, tenant: str | None = None) -> Request[UpdaterBackfill]:
        """Have a history made, as if updaters had run for so many days; sent once."""
        return self._once(
            "backfill", {"days": days}, tenant, read=lambda reply: data_of(reply, UpdaterBackfill)
        )

    def backfill_progress(self, *, tenant: str | None = None) -> Request[UpdaterBackfill]:
        """Return how far the history is; raises `NotFound` where none was asked for."""
        return self._get("backfill", UpdaterBackfill, tenant)

    def logs(
        self, *, count: int = 100, tenant: str | None = None
    ) -> Request[tuple[UpdaterLogLine, ...]]:
        """Return the newest lines of what happened, newest first, of all nodes."""
        return self._read(
            target_of(f"{_UPDATER}/logs", count=count),
            tenant,
            read=lambda reply: data_of(reply, _Logs).logs,
        )

    def metrics(self, *, tenant: str | None = None) -> Request[UpdaterMetrics]:
        """Return the figures of updaters."""
        return self._get("metrics", UpdaterMetrics, tenant)

    def health(self, *, tenant: str | None = None) -> Request[UpdaterHealth]:
        """Return whether updaters do well; that they do not is an answer too, and no error."""
        request = self._read(f"{_UPDATER}/health", tenant, read=_read_health)
        return msgspec.structs.replace(request, accepts=frozenset({_UNHEALTHY}))

    def runs(self, *, tenant: str | None = None) -> Request[Page[UpdaterRun]]:
        """Yield runs, newest first, following the pages."""
        return self._list("runs", "runs", UpdaterRun, tenant)

    def run(self, run_id: str, *, tenant: str | None = None) -> Request[UpdaterRunDetail]:
        """Return a run with every change it has made."""
        return self._get(f"runs/{id_segment('run_id', run_id)}", UpdaterRunDetail, tenant)

    def firings(self, *, tenant: str | None = None) -> Request[Page[UpdaterFiring]]:
        """Yield fire times, newest first, also those that did not run, following the pages."""
        return self._list("firings", "firings", UpdaterFiring, tenant)

    def rows(self, table: str, *, tenant: str | None = None) -> Request[Page[dict[str, Any]]]:
        """Yield the rows of a table by id, following the pages."""
        return self._list(f"{_table(table)}/rows", "rows", dict[str, Any], tenant)

    def row(self, table: str, row_id: str, *, tenant: str | None = None) -> Request[dict[str, Any]]:
        """Return one row of a table."""
        return self._get(_row(table, row_id), dict[str, Any], tenant)

    def edit(
        self,
        table: str,
        row_id: str,
        values: Mapping[str, Any],
        *,
        tenant: str | None = None,
    ) -> Request[dict[str, Any]]:
        """Change columns of a row, and return it; it leaves the simulation by that."""
        return self._body("PATCH", _row(table, row_id), json_body(values), dict[str, Any], tenant)

    def check(self, *, tenant: str | None = None) -> Request[UpdaterCheck]:
        """Return where rows contradict each other."""
        return self._get("check", UpdaterCheck, tenant, wait_seconds=_THINKING_SECONDS)

    def fidelity(self, *, tenant: str | None = None) -> Request[dict[str, Any]]:
        """Return how what rows are like compares with what was declared."""
        return self._get("fidelity", dict[str, Any], tenant, wait_seconds=_THINKING_SECONDS)

    def fidelity_svg(self, *, tenant: str | None = None) -> Request[bytes]:
        """Return the same as a drawing."""
        request = self._read(f"{_UPDATER}/fidelity.svg", tenant, read=lambda reply: reply.body)
        headers = (*request.headers, ("Accept", "*/*"))
        return msgspec.structs.replace(request, headers=headers, wait_seconds=_THINKING_SECONDS)

    def _get(
        self, path: str, kind: type[T], tenant: str | None, *, wait_seconds: float = 0.0
    ) -> Request[T]:
        request = self._read(f"{_UPDATER}/{path}", tenant, read=lambda reply: data_of(reply, kind))
        return msgspec.structs.replace(request, wait_seconds=wait_seconds)

    def _read(self, target: str, tenant: str | None, *, read: Any) -> Request[Any]:
        return Request(method="GET", target=target, headers=_of(tenant), read=read)

    def _list(self, path: str, member: str, kind: type[T], tenant: str | None) -> Request[Page[T]]:
        return member_listing(f"{_UPDATER}/{path}", member, kind, headers=_of(tenant))

    def _body(
        self, method: str, path: str, body: bytes | None, kind: type[T], tenant: str | None
    ) -> Request[T]:
        return Request(
            method=method,
            target=f"{_UPDATER}/{path}",
            headers=(*_of(tenant), *_JSON) if body is not None else _of(tenant),
            body=body,
            wait_seconds=_THINKING_SECONDS,
            read=lambda reply: data_of(reply, kind),
        )

    def _once(
        self, path: str, order: Mapping[str, Any] | None, tenant: str | None, *, read: Any
    ) -> Request[Any]:
        return Request(
            method="POST",
            target=f"{_UPDATER}/{path}",
            headers=_of(tenant) if order is None else (*_of(tenant), *_JSON),
            body=None if order is None else json_body(order),
            is_repeatable=False,
            repeats_after=_NOTHING_DONE,
            wait_seconds=_THINKING_SECONDS,
            read=read,
        )


_JSON: Final = (("Content-Type", "application/json"),)


def _of(tenant: str | None) -> tuple[tuple[str, str], ...]:
    return () if tenant is None else (("X-Tenant-ID", tenant),)


def _table(table: str) -> str:
    return f"tables/{id_segment('table', table)}"


def _row(table: str, row_id: str) -> str:
    return f"{_table(table)}/rows/{id_segment('row_id', row_id)}"


def _read_message(reply: Reply) -> str:
    return data_of(reply, _Told).message


def _read_health(reply: Reply) -> UpdaterHealth:
    if reply.status == _UNHEALTHY and decode(reply.body, _Answered).data is msgspec.UNSET:
        # It is the server that cannot answer.
        raise error_of(reply)
    return data_of(reply, UpdaterHealth)
