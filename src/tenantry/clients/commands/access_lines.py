"""What each role gains and loses, as lines for people; what becomes public cannot be missed."""

from collections.abc import Iterator, Sequence
from typing import Final

from tenantry.clients.model import ANON, Access, PlannedClient, RoleAccess
from tenantry.terminal import Line, Piece

_MOST: Final = 10


def lines_of_access(plan: PlannedClient, *, is_full: bool) -> Iterator[Line]:
    """Yield what each role gains and loses, `ANON` first; what becomes public is never left out."""
    roles = sorted(plan.access.roles, key=lambda role: role.role != ANON)
    if not (roles or plan.access.public):
        return

    yield (Piece("  access", "bold"),)
    mark = _public_mark(plan)
    told = [each for role in roles if role.role == ANON for each in role.gained]
    for access in plan.access.public:
        if not any(access.key == each.key and each.kind == "page" for each in told):
            yield _line("+", ANON, access, mark)
    for role in roles:
        yield from _role_lines(role, mark, is_full=is_full)


def _role_lines(role: RoleAccess, mark: Piece, *, is_full: bool) -> Iterator[Line]:
    public = [access for access in role.gained if access.becomes_public]
    others = [access for access in role.gained if not access.becomes_public]
    if role.role == ANON or is_full:
        # What is public is everybody's; said once it is seen.
        for access in public:
            yield _line("+", role.role, access, mark)
    yield from _some("+", role.role, others, is_full=is_full)
    yield from _some("-", role.role, role.lost, is_full=is_full)


def _some(sign: str, role: str, accesses: Sequence[Access], *, is_full: bool) -> Iterator[Line]:
    most = len(accesses) if is_full else _MOST
    for access in accesses[:most]:
        yield _line(sign, role, access)
    if len(accesses) > most:
        what = "gained" if sign == "+" else "lost"
        told = f"    {sign} {role}: … and {len(accesses) - most} more {what} (--full shows them)"
        yield (Piece(told, "dim"),)


def _line(sign: str, role: str, access: Access, *marks: Piece) -> Line:
    style = "green" if sign == "+" else "red"
    key = f" ({access.key})" if access.kind == "page" and access.key != access.target else ""
    told = f" {role}: {access.kind} {access.target}{key}"
    return (Piece(f"    {sign}", style), Piece(told), *marks)


def _public_mark(plan: PlannedClient) -> Piece:
    options = {guard.option for guard in plan.guards if guard.code == "becomes_public"}
    needs = f", needs {next(iter(options))}" if options else ""
    return Piece(f" PUBLIC{needs}", "bold red")
