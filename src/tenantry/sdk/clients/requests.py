"""Every request there is about clients: the one core of both kinds of client."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal, TypeAlias, TypeVar

import msgspec

from tenantry.sdk.access.request import (
    Page,
    Requests,
    given,
    id_segment,
    listing,
    reading,
    sending,
)
from tenantry.sdk.clients.model import (
    ClientApp,
    ClientConfiguration,
    ClientDrift,
    ClientFinding,
    ClientPlan,
    ClientRecord,
    ClientRevision,
    ClientsCheck,
    ClientsPlan,
    ClientSummary,
    DriftResolution,
    ImportedClient,
    UpsertResult,
)
from tenantry.sdk.errors import Invalid, Unreachable
from tenantry.sdk.reply import Reply, data_of
from tenantry.sdk.request import Request, target_of

T = TypeVar("T")
Config: TypeAlias = Mapping[str, Any]

_CLIENTS: Final = "/api/clients"
# A plan of many clients takes its time, and so does a first apply.
_THINKING_SECONDS: Final = 60.0
_NOTHING_DONE: Final = frozenset({503})
_NOT_MODIFIED: Final = 304


class _Results(msgspec.Struct):
    clients: tuple[UpsertResult, ...]


class _Findings(msgspec.Struct):
    findings: tuple[ClientFinding, ...]


class _Revisions(msgspec.Struct):
    revisions: tuple[ClientRevision, ...]


class _Drifts(msgspec.Struct):
    clients: tuple[ClientDrift, ...]


class _Exported(msgspec.Struct):
    clients: tuple[ClientConfiguration, ...]


class _Imported(msgspec.Struct):
    clients: tuple[ImportedClient, ...]


class ClientRequests(Requests):
    """What can be asked about the clients of a tenant.

    A configuration is what a file has. `variables` are what its `${NAME}` stand for; one that
    stands for nothing and has no default is an error.
    """

    def plan(
        self,
        configs: Iterable[Config],
        *,
        variables: Mapping[str, str] | None = None,
        continue_on_error: bool = False,
        save: bool = False,
    ) -> Request[ClientsPlan]:
        """Return what an apply would do, client by client; nothing is changed.

        With `continue_on_error` an item that cannot be read stays as it is stored. With `save` it
        comes with what `apply(plan=)` takes.
        """
        body = _declared(configs, variables, continue_on_error=continue_on_error)
        body |= given(save=save or None)
        return _asking("plan", body, ClientsPlan)

    def apply(
        self,
        configs: Iterable[Config] | None = None,
        *,
        plan: Mapping[str, Any] | None = None,
        variables: Mapping[str, str] | None = None,
        continue_on_error: bool = False,
        force: bool = False,
        allow_public: bool = False,
        reason: str | None = None,
    ) -> Request[tuple[UpsertResult, ...]]:
        """Make clients what `configs` say, each as a whole or not at all, or apply a saved `plan`.

        `force` means that much may be removed, `allow_public` that pages may become public. It is
        sent again only where the server was too busy to look at it.
        """
        if (configs is None) == (plan is None):
            raise Invalid("apply: got configs and plan or neither, wants one of them")
        if plan is not None and (variables is not None or continue_on_error):
            raise Invalid("apply: got variables or continue_on_error, which a plan has already")

        how = _meant(force=force, allow_public=allow_public, reason=reason)
        if configs is None:
            body = {"plan": plan, **how}
        else:
            body = {**_declared(configs, variables, continue_on_error=continue_on_error), **how}
        return _applying(body, read=lambda reply: data_of(reply, _Results).clients)

    def upsert_from_config(
        self, config: Config, *, variables: Mapping[str, str] | None = None
    ) -> Request[UpsertResult]:
        """Make one client what `config` says, past items that cannot be read: those are `errors`.

        Raises what a refusal of the whole client is: `Unprocessable`, or `Conflict`.
        """
        body = _declared([config], variables, continue_on_error=True)
        return _applying(body, read=_read_one_result)

    def validate(
        self, configs: Iterable[Config], *, variables: Mapping[str, str] | None = None
    ) -> Request[ClientsCheck]:
        """Return whether configurations can be applied, and everything that is wrong with them."""
        return _asking("validate", _declared(configs, variables), ClientsCheck)

    def lint(
        self, configs: Iterable[Config] | None = None, *, key: str | None = None
    ) -> Request[tuple[ClientFinding, ...]]:
        """Return what the linter finds in configurations, or in the stored client `key`."""
        if (configs is None) == (key is None):
            raise Invalid("lint: got configs and key or neither, wants one of them")
        if configs is None:
            request = reading(_path(key or "", "lint"), _Findings)
        else:
            request = _asking("lint", {"configs": list(configs)}, _Findings)
        return _read_by(request, lambda reply: data_of(reply, _Findings).findings)

    def list(self) -> Request[Page[ClientSummary]]:
        """Yield the clients of the tenant, following the pages."""
        return listing(_CLIENTS, ClientSummary)

    def get(self, key: str) -> Request[ClientRecord]:
        """Return a client with its configuration."""
        return reading(_path(key), ClientRecord)

    def history(self, key: str) -> Request[tuple[ClientRevision, ...]]:
        """Return the revisions of a client, newest first."""
        request = reading(_path(key, "revisions"), _Revisions)
        return _read_by(request, lambda reply: data_of(reply, _Revisions).revisions)

    def revision(self, key: str, number: int) -> Request[ClientRevision]:
        """Return a revision with the configuration that it was."""
        return reading(_path(key, "revisions", str(number)), ClientRevision)

    def diff(
        self, key: str, *, start: int | None = None, end: int | None = None
    ) -> Request[ClientPlan]:
        """Return what has changed from one revision to another: by default, with the last."""
        return reading(target_of(_path(key, "diff"), from_=start, to=end), ClientPlan)

    def rollback(
        self,
        key: str,
        *,
        to: int,
        force: bool = False,
        allow_public: bool = False,
        reason: str | None = None,
    ) -> Request[UpsertResult]:
        """Make a client what it was at a revision, as a new one; it is sent once."""
        body = {"to": to, **_meant(force=force, allow_public=allow_public, reason=reason)}
        return _patient(sending("POST", _path(key, "rollback"), body, UpsertResult))

    def plan_rollback(self, key: str, *, to: int) -> Request[ClientPlan]:
        """Return what a rollback would do; nothing is changed."""
        body = {"to": to, "dry_run": True}
        request = sending("POST", _path(key, "rollback"), body, ClientPlan, is_repeatable=True)
        return _patient(request)

    def drift(self, key: str) -> Request[ClientDrift]:
        """Return how a client differs from what a file last made of it, field by field."""
        return reading(_path(key, "drift"), ClientDrift)

    def drift_from(
        self, configs: Iterable[Config], *, variables: Mapping[str, str] | None = None
    ) -> Request[tuple[ClientDrift, ...]]:
        """Return how clients differ from configurations, and both from what was last applied."""
        request = _asking("drift", _declared(configs, variables), _Drifts)
        return _read_by(request, lambda reply: data_of(reply, _Drifts).clients)

    def resolve(
        self,
        key: str,
        *,
        how: Literal["revert", "adopt"],
        fields: Sequence[str] = (),
        config: Config | None = None,
        variables: Mapping[str, str] | None = None,
        force: bool = False,
        allow_public: bool = False,
        reason: str | None = None,
    ) -> Request[DriftResolution]:
        """Undo drift, in `fields` or in all of them, or adopt it, which changes nothing here.

        What is adopted is returned as a configuration that has it, for the file. It is sent once.
        """
        said = given(fields=list(fields) or None, config=config, variables=variables)
        meant = _meant(force=force, allow_public=allow_public, reason=reason)
        body = {"key": key, "how": how, **said, **meant}
        request = sending("POST", f"{_CLIENTS}/drift/resolve", body, DriftResolution)
        return _patient(_read_by(request, _read_reverted) if how == "revert" else request)

    def export(self, *keys: str) -> Request[tuple[ClientConfiguration, ...]]:
        """Return clients, by default all of them, as files that plan to nothing."""
        request = _asking("export", {"keys": list(keys)} if keys else {}, _Exported)
        return _read_by(request, lambda reply: data_of(reply, _Exported).clients)

    def import_(self, configs: Iterable[Config]) -> Request[tuple[ImportedClient, ...]]:
        """Return another system's clients as ones of this, with every change; nothing is stored."""
        request = _asking("import", {"configs": list(configs)}, _Imported)
        return _read_by(request, lambda reply: data_of(reply, _Imported).clients)

    def app(
        self,
        key: str,
        *,
        tenant: str | None = None,
        as_role: str | None = None,
        revision: int | None = None,
        etag: str | None = None,
    ) -> Request[ClientApp]:
        """Return what a front end may show to who asks: nobody needs a token for that.

        With the `etag` of an earlier answer that is nothing where it is still the same. `as_role`
        and `revision` preview it, for who may read clients.
        """
        target = target_of(_path(key, "app"), tenant=tenant, as_role=as_role, revision=revision)
        return Request(
            method="GET",
            target=target,
            headers=(("If-None-Match", etag),) if etag else (),
            accepts=frozenset({_NOT_MODIFIED}),
            read=_read_app,
        )


def _path(key: str, *rest: str) -> str:
    return "/".join([_CLIENTS, id_segment("key", key), *rest])


def _declared(
    configs: Iterable[Config],
    variables: Mapping[str, str] | None,
    *,
    continue_on_error: bool = False,
) -> dict[str, Any]:
    more = given(variables=variables, continue_on_error=continue_on_error or None)
    return {"configs": list(configs), **more}


def _meant(*, force: bool, allow_public: bool, reason: str | None) -> dict[str, Any]:
    return given(force=force or None, allow_public=allow_public or None, reason=reason)


def _asking(name: str, body: Mapping[str, Any], kind: type[T]) -> Request[T]:
    """Return a request with a body that changes nothing, so that it may be repeated."""
    return _patient(sending("POST", f"{_CLIENTS}/{name}", body, kind, is_repeatable=True))


def _applying(body: Mapping[str, Any], *, read: Any) -> Request[Any]:
    target = f"{_CLIENTS}/apply"
    request = sending("POST", target, body, _Results, repeats_after=_NOTHING_DONE)
    return _patient(_read_by(request, read))


def _patient(request: Request[T]) -> Request[T]:
    return msgspec.structs.replace(request, wait_seconds=_THINKING_SECONDS)


def _read_by(request: Request[Any], read: Any) -> Request[Any]:
    return msgspec.structs.replace(request, read=read)


def _read_one_result(reply: Reply) -> UpsertResult:
    results = data_of(reply, _Results).clients
    if len(results) != 1:
        raise Unreachable(f"the answer has {len(results)} clients, wants the one that was sent")
    return results[0]


def _read_reverted(reply: Reply) -> DriftResolution:
    return DriftResolution(result=data_of(reply, UpsertResult))


def _read_app(reply: Reply) -> ClientApp:
    etag = reply.headers.get("etag", "")
    if reply.status == _NOT_MODIFIED:
        return ClientApp(etag=etag)
    return ClientApp(etag=etag, app=data_of(reply, dict[str, Any]))
