"""`Reservations`: who may write the names that another feature reads, and what."""

from collections.abc import Iterable, Sequence

from tenantry.base import Principal
from tenantry.base.errors import Denied
from tenantry.configs.errors import ConfigValueInvalid
from tenantry.configs.model import ConfigCommand, ReservedNames, SetConfigValue


class Reservations:
    """Asks more of a write to a reserved name, and nothing of any other."""

    def __init__(self, reserved: Sequence[ReservedNames] = ()) -> None:
        self._reserved = tuple(reserved)
        self._prefixes = tuple(each.prefix for each in reserved)

    def admit(self, principal: Principal, tenant_id: str, names: Iterable[str]) -> None:
        """Raise `Denied` where one of `names` is reserved for who may do more than `principal`."""
        for name in names:
            reserved = self._of(name)
            if reserved is None or principal.may(tenant_id, reserved.permission):
                continue
            raise Denied(
                f"{principal.id} lacks {reserved.permission} on tenant {tenant_id}, which writing "
                f"{name} needs",
                details={"permission": reserved.permission, "tenant": tenant_id, "name": name},
            )

    def check(self, commands: Iterable[ConfigCommand]) -> None:
        """Raise `Invalid` where a reserved name would get a value that is not fit for it."""
        for command in commands:
            reserved = self._of(command.name)
            if reserved is None or not isinstance(command, SetConfigValue):
                continue
            if command.is_secret:
                raise self._secret(reserved)
            reserved.check(command.name, command.value)

    def refuse_secret(self, name: str) -> None:
        """Raise `ConfigValueInvalid` where `name` is reserved: what it holds must be readable."""
        reserved = self._of(name)
        if reserved is not None:
            raise self._secret(reserved)

    def _secret(self, reserved: ReservedNames) -> ConfigValueInvalid:
        return ConfigValueInvalid(
            field="secret",
            got=True,
            wants=f"no secret under {reserved.prefix}, and where one is, that it is deleted first",
        )

    def _of(self, name: str) -> ReservedNames | None:
        if not self._prefixes or not name.startswith(self._prefixes):
            return None
        return next(each for each in self._reserved if name.startswith(each.prefix))
