"""`Declaring`: from what is handed in to what a client shall be, or to what is wrong with it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

import msgspec

from tenantry.base import Principal
from tenantry.base.errors import Gone, Invalid
from tenantry.clients import rules
from tenantry.clients.errors import InvalidClient
from tenantry.clients.model import (
    ClientState,
    DeclarationSet,
    DeclaredUser,
    Desired,
    ItemError,
    ItemFailure,
)
from tenantry.clients.service.ledger import ClientLedger
from tenantry.clients.service.long_work import done
from tenantry.clients.service.request_size import refuse_too_many
from tenantry.clients.store import IndexEntry
from tenantry.tenants import DeclaredPerson, DeclaredUsers
from tenantry.vault import Vault, VaultClosed

READ: Final = "clients:read"
WRITE: Final = "clients:write"
WRITE_USERS: Final = "users:write"

_MARKER: Final = re.compile(rb"sealed:[0-9a-f]{64}")


class Declared(msgspec.Struct, frozen=True, kw_only=True):
    """One declaration, as far as it could be read.

    `desired` is None where it was `is_skipped`, since the same was applied before, or where
    `errors` say why it could not be read at all. `people` are its users as they are stored.
    """

    raw: Mapping[str, Any]
    tenant_id: str
    key: str
    origin: str = ""
    entry: IndexEntry | None = None
    state: ClientState | None = None
    desired: Desired | None = None
    people: Mapping[str, DeclaredPerson] = {}
    failures: tuple[ItemFailure, ...] = ()
    errors: tuple[ItemError, ...] = ()
    is_skipped: bool = False


class Declaring:
    """Reads declarations for one tenant or several."""

    def __init__(self, *, ledger: ClientLedger, users: DeclaredUsers, vault: Vault) -> None:
        self._ledger = ledger
        self._users = users
        self._vault = vault

    async def digest_key(self) -> bytes:
        """Return the key of all keyed digests; raises `VaultClosed`."""
        key = await self._vault.digest_key()
        if key is None:
            raise VaultClosed
        return key

    async def source_digest(self, raw: Mapping[str, Any], variables: Mapping[str, str]) -> str:
        """Return the keyed digest of a declaration as it was handed in."""
        return rules.source_digest_of(
            raw, _used(raw, variables), digest_key=await self.digest_key()
        )

    async def read(
        self,
        principal: Principal,
        tenant_id: str,
        declarations: DeclarationSet,
        *,
        permission: str,
        skips_same: bool = False,
    ) -> list[Declared]:
        """Read every declaration; raises `Denied`, `TooLarge` and `VaultClosed`.

        With `skips_same`, what was applied last from the same declaration is not read again.
        """
        refuse_too_many(declarations.configs)
        if not declarations.configs:
            principal.authorise(tenant_id, permission)
            return []
        digest_key = await self.digest_key()
        found = list[Declared]()
        for index, raw in enumerate(declarations.configs):
            named = _named(raw, tenant_id, declarations.origin_of(index))
            principal.authorise(named.tenant_id, permission)
            if "users" in raw and permission == WRITE:
                principal.authorise(named.tenant_id, WRITE_USERS)
            declared = self._placed(named)
            if not declared.errors:
                declared = await self._read(
                    declared, declarations, digest_key, skips_same=skips_same
                )
            found.append(declared)
        return _without_twice(found)

    def _placed(self, named: Declared) -> Declared:
        """Return it with its tenant in its one spelling; one that can be none is an error."""
        wanted = named.raw.get("tenant", named.tenant_id)
        try:
            tenant_id = self._users.tenant_of(wanted if isinstance(wanted, str) else "")
        except Invalid as error:
            got = f'"{wanted[:64]}"' if isinstance(wanted, str) else "what is no text"
            told = f"tenant: got {got}, wants {(error.details or {}).get('wants')}"
        except Gone as error:
            told = error.message
        else:
            return msgspec.structs.replace(named, tenant_id=tenant_id)
        wrong = ItemError(
            error_type="validation_failed", message=told, path="$.tenant", file=named.origin
        )
        return msgspec.structs.replace(named, errors=(wrong,))

    async def _read(
        self, named: Declared, declarations: DeclarationSet, digest_key: bytes, *, skips_same: bool
    ) -> Declared:
        entry = self._ledger.index.find(named.tenant_id, named.key)
        variables = _used(named.raw, declarations.variables)
        routes = named.raw.get("routes")
        items = routes if isinstance(routes, list) else None
        digest = partial(rules.source_digest_of, named.raw, variables, digest_key=digest_key)
        source = await done(digest, items=items)
        is_same = entry is not None and entry.source_digest == source and not entry.is_partial
        if skips_same and is_same and await self._has_its_people(named, variables):
            return msgspec.structs.replace(named, entry=entry, is_skipped=True)

        state = await self._ledger.load(named.tenant_id, named.key)
        read = partial(
            _understood,
            named,
            variables,
            digest_key,
            source,
            is_lenient=declarations.continue_on_error,
        )
        try:
            declared = await done(read, items=items)
        except InvalidClient as error:
            return msgspec.structs.replace(named, entry=entry, state=state, errors=error.errors)
        declared = self._with_people(declared)
        unknown = (
            *_unknown_secrets(declared.desired, state),
            *_other_secrets(variables, state),
            *_borrowed(declared.desired, state, declared.failures),
        )
        return msgspec.structs.replace(
            declared,
            entry=entry,
            state=state,
            # Nothing can be made of a client whose secrets nobody has, not even a part.
            desired=None if unknown else declared.desired,
            errors=(*declared.errors, *unknown),
        )

    async def _has_its_people(self, named: Declared, variables: Mapping[str, str]) -> bool:
        """Whether those whom a declaration names have their roles: no digest of it tells that.

        Going back leaves people as they are, and others may have sent them away.
        """
        if "users" not in named.raw:
            return True
        alone = {"key": named.key, "users": named.raw["users"]}
        try:
            desired = rules.desired_of(
                rules.parse(alone), tenant_id=named.tenant_id, variables=variables, digest_key=b""
            )
        except InvalidClient:
            return False
        people = self._with_people(msgspec.structs.replace(named, desired=desired)).people
        known = await self._users.known(named.tenant_id, named.key, list(people))
        return all(
            email in known and known[email].is_member and known[email].roles == person.roles
            for email, person in people.items()
        )

    def _with_people(self, declared: Declared) -> Declared:
        """Return it with its users as they are stored; whoever cannot be is an error."""
        desired = declared.desired
        if desired is None or desired.users is None:
            return declared
        people, errors = dict[str, DeclaredPerson](), list(declared.errors)
        for index, user in enumerate(desired.users):
            try:
                people[user.email] = self._users.checked(_person(user))
            except Invalid as error:
                # The message of a rule names the field and quotes what it got.
                field = (error.details or {}).get("field", "user")
                told = f"{field}: wants {(error.details or {}).get('wants', 'another value')}"
                errors.append(
                    ItemError(
                        error_type="validation_failed",
                        message=told,
                        path=f"$.users[{index}]",
                        item_key=rules.masked_email(user.email),
                    )
                )
        # Whoever cannot be made is passed over.
        users = tuple(user for user in desired.users if user.email in people)
        return msgspec.structs.replace(
            declared,
            desired=msgspec.structs.replace(desired, users=users),
            people=people,
            errors=tuple(errors),
        )


def _used(raw: Mapping[str, Any], variables: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that a declaration uses: another's value is no change of it."""
    if not variables:
        return {}
    names = rules.names_in(raw, listed=variables)
    return {name: variables[name] for name in names if name in variables}


def _named(raw: Mapping[str, Any], tenant_id: str, origin: str) -> Declared:
    key, tenant = raw.get("key"), raw.get("tenant")
    return Declared(
        raw=raw,
        tenant_id=tenant if isinstance(tenant, str) and tenant else tenant_id,
        key=key.lower() if isinstance(key, str) else "",
        origin=origin,
    )


def _understood(
    named: Declared,
    variables: Mapping[str, str],
    digest_key: bytes,
    source_digest: str,
    *,
    is_lenient: bool,
) -> Declared:
    missing = rules.check_given(named.raw, variables)
    if missing:
        raise InvalidClient(missing, key=named.key, origin=named.origin)
    failures, errors = tuple[ItemFailure, ...](), tuple[ItemError, ...]()
    if is_lenient:
        config, failures, errors = rules.parse_leniently(named.raw, origin=named.origin)
    else:
        config = rules.parse(named.raw, origin=named.origin)
    desired = rules.desired_of(
        config,
        tenant_id=named.tenant_id,
        variables=variables,
        digest_key=digest_key,
        source_digest=source_digest,
        origin=named.origin,
    )
    return msgspec.structs.replace(
        named, key=desired.key, desired=desired, failures=failures, errors=errors
    )


def _unknown_secrets(desired: Desired | None, state: ClientState | None) -> Iterator[ItemError]:
    """Yield an error for each secret that is named by its digest and that nobody has."""
    if desired is None:
        return
    known = {*desired.plain, *(state.secrets if state is not None else ())}
    parts = msgspec.json.encode((desired.fields, desired.components, desired.variables))
    for marker in sorted(set(_MARKER.findall(parts))):
        if marker[7:].decode() not in known:
            yield ItemError(
                error_type="validation_failed",
                message=f"got {marker[:15].decode()}…, a secret that is not stored here; wants "
                "its value",
            )


def _other_secrets(variables: Mapping[str, str], state: ClientState | None) -> Iterator[ItemError]:
    """Yield an error for each variable that is given as the digest of another secret.

    What a variable stands for is shown to everybody.
    """
    stored = state.variables if state is not None else {}
    for name, value in variables.items():
        if rules.digest_in(value) and value != stored.get(name):
            yield ItemError(
                error_type="validation_failed",
                message=f"{name}: got the digest of another secret, wants its value",
                path="$",
                code="stored-variable",
            )


def _borrowed(
    desired: Desired | None, state: ClientState | None, failures: Sequence[ItemFailure]
) -> Iterator[ItemError]:
    """Yield an error for each variable that is used, not given, and stored for other parts.

    Its default is not what would be shown, but what it stands for in these, which may be secret.
    """
    if desired is None or state is None or state.variables.keys() <= desired.variables.keys():
        return
    kept = rules.variables_after(state, desired, failures).keys() - desired.variables.keys()
    if not kept:
        return
    parts = (desired.fields, desired.routes, desired.menus, desired.components)
    used = rules.names_in(msgspec.json.encode(parts).decode(), listed=kept)
    for name in sorted(kept & used.keys()):
        yield ItemError(
            error_type="validation_failed",
            message=f"${{{name}}}: got no value, but one is stored for what is not declared here; "
            "wants it in the variables",
            path="$",
            code="stored-variable",
        )


def _without_twice(found: list[Declared]) -> list[Declared]:
    """Give every declaration an error whose client was declared before in the same request."""
    seen = dict[tuple[str, str], str]()
    result = list[Declared]()
    for declared in found:
        known = (declared.tenant_id, declared.key)
        if declared.key and known in seen:
            where = f" in {seen[known]}" if seen[known] else ""
            told = f"key: client {declared.key} is declared already{where}"
            error = ItemError(error_type="validation_failed", message=told, path="$.key")
            declared = msgspec.structs.replace(  # noqa: PLW2901 - with its error
                declared, desired=None, is_skipped=False, errors=(*declared.errors, error)
            )
        seen.setdefault(known, declared.origin)
        result.append(declared)
    return result


def _person(user: DeclaredUser) -> DeclaredPerson:
    return DeclaredPerson(
        email=user.email,
        username=user.username or None,
        first_name=user.first_name or None,
        last_name=user.last_name or None,
        password=user.password or None,
        roles=rules.roles_of_user(user),
    )
