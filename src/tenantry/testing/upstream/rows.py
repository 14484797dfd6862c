"""Rows of a made-up company, the same every time for the same counts and seed."""

import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

Row = dict[str, Any]
Rows = dict[str, list[Row]]

DEFAULT_COUNTS: Final[Mapping[str, int]] = {
    "tenants": 1,
    "organizations": 12,
    "roles": 6,
    "users": 120,
    "roleAssignments": 160,
    "employeeAssignments": 120,
    "creditConfigs": 8,
    "entityCredits": 12,
}

KEYS: Final[Mapping[str, str]] = {
    "tenants": "tenantId",
    "organizations": "orgCode",
    "roles": "roleId",
    "users": "userId",
    "roleAssignments": "assignmentId",
    "employeeAssignments": "assignmentId",
    "creditConfigs": "configId",
    "entityCredits": "entityId",
}
"""What each row is known by."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_FIRST_NAMES: Final = _words(
    "Ada Bela Carmen Dilara Edgar Frida Goran Hana Idris Jonna Kamal Lena Milo Nadia Oskar Pilar "
    "Quentin Rosa Samir Tilda Umar Vera Wanda Xavier Yuki Zora"
)
_LAST_NAMES: Final = _words(
    "Ahlberg Brandt Castillo Demir Eriksen Fontana Grabowski Haddad Ivanova Jansen Kowalski "
    "Lindgren Moreau Novak Okafor Petrov Quist Rossi Schmidt Tanaka Ueda Varga Weber Young Zeman"
)
_TITLES: Final = (
    "Sales Representative",
    "Account Manager",
    "Warehouse Lead",
    "Buyer",
    "Accountant",
    "Support Engineer",
    "Dispatcher",
    "Team Lead",
)
_PLACES: Final = _words(
    "Hamburg Lyon Porto Gdansk Turin Aarhus Ghent Brno Malmo Graz Bilbao Tampere Split Cork"
)
_UNITS: Final = ("Sales", "Purchasing", "Logistics", "Finance", "Support", "Operations")
_ROLES: Final = ("Administrator", "Manager", "Clerk", "Auditor", "Planner", "Viewer")
_OPERATIONS: Final = _words(
    "crm.leads.create crm.leads.export crm.mail.send crm.reports.run crm.calls.record "
    "crm.quotes.create crm.orders.create crm.files.store"
)
_PERCENT_INACTIVE: Final = 3
_EPOCH: Final = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


def seeded(
    counts: Mapping[str, int] | None = None, *, tenant_id: str = "acme", seed: int = 7
) -> Rows:
    """Return so many rows of each collection that `counts` names, by default a small company's.

    Rows point at each other: an assignment names a user, a role and an organization that are among
    the rows, as far as there are any. `{"users": 25_000}` is a large tenant with nothing else: its
    other collections are there, and empty.
    """
    wanted = DEFAULT_COUNTS
    if counts is not None:
        wanted = {**dict.fromkeys(DEFAULT_COUNTS, 0), "tenants": 1, **counts}
    company = _Company(tenant_id, seed, wanted)
    return {
        name: [company.row(name, index) for index in range(count)] for name, count in wanted.items()
    }


class _Company:
    def __init__(self, tenant_id: str, seed: int, counts: Mapping[str, int]) -> None:
        self._tenant_id = tenant_id
        self._seed = seed
        self._counts = counts

    def row(self, name: str, index: int) -> Row:
        # Each row has its own chance, so more of one collection changes none of another.
        chance = random.Random(f"{self._seed}:{name}:{index}")  # noqa: S311 - made-up rows
        changed_at = _EPOCH + timedelta(minutes=index, seconds=chance.randrange(60))
        row = _MAKERS.get(name, _thing)(self, chance, index)
        return {
            **row,
            "tenantId": self._tenant_id,
            "isActive": chance.randrange(100) >= _PERCENT_INACTIVE,
            "createdAt": _EPOCH.isoformat(),
            "updatedAt": changed_at.isoformat(),
        }

    def some(self, name: str, chance: random.Random) -> str:
        """Return the key of one of the rows of a collection."""
        count = self._counts.get(name) or DEFAULT_COUNTS[name]
        return _key(name, chance.randrange(count))

    def tenant(self, _: random.Random, __: int) -> Row:
        return {
            "tenantName": f"{self._tenant_id.title()} Trading",
            "subdomain": self._tenant_id,
            "adminEmail": f"admin@{self._tenant_id}.example.com",
            "plan": "business",
            "settings": {"locale": "en", "currency": "EUR", "fiscalYearStart": "01-01"},
        }

    def organization(self, chance: random.Random, index: int) -> Row:
        parent = _key("organizations", chance.randrange(index)) if index else None
        return {
            "orgCode": _key("organizations", index),
            "orgName": f"{chance.choice(_UNITS)} {chance.choice(_PLACES)}",
            "parentId": parent,
            "status": "active",
        }

    def role(self, chance: random.Random, index: int) -> Row:
        return {
            "roleId": _key("roles", index),
            "roleName": f"{_ROLES[index % len(_ROLES)]} {index // len(_ROLES) + 1}",
            "permissions": sorted(chance.sample(_OPERATIONS, 3)),
            "priority": chance.randrange(1, 100),
        }

    def user(self, chance: random.Random, index: int) -> Row:
        first, last = chance.choice(_FIRST_NAMES), chance.choice(_LAST_NAMES)
        return {
            "userId": _key("users", index),
            "email": f"{first}.{last}.{index}@example.com".lower(),
            "firstName": first,
            "lastName": last,
            "title": chance.choice(_TITLES),
            "phone": f"+49 40 555 {chance.randrange(10_000):04}",
            "onboardingCompleted": chance.choice((True, True, True, False)),
            "organization": {"orgCode": self.some("organizations", chance)},
        }

    def role_assignment(self, chance: random.Random, index: int) -> Row:
        return {
            "assignmentId": _key("roleAssignments", index),
            "userId": self.some("users", chance),
            "roleId": self.some("roles", chance),
            "entityId": self.some("organizations", chance),
            "assignedBy": self.some("users", chance),
        }

    def employee_assignment(self, chance: random.Random, index: int) -> Row:
        return {
            "assignmentId": _key("employeeAssignments", index),
            "userId": self.some("users", chance),
            "entityId": self.some("organizations", chance),
            "assignmentType": chance.choice(("primary", "secondary", "temporary")),
            "priority": chance.randrange(1, 5),
        }

    def credit_config(self, chance: random.Random, index: int) -> Row:
        return {
            "configId": _key("creditConfigs", index),
            "configName": _OPERATIONS[index % len(_OPERATIONS)],
            "creditCost": round(chance.uniform(0.1, 5), 2),
            "unit": "operation",
        }

    def entity_credit(self, chance: random.Random, index: int) -> Row:
        allocated = chance.randrange(1_000, 50_000)
        return {
            "entityId": _key("organizations", index),
            "entityType": "organization",
            "allocatedCredits": allocated,
            "usedCredits": chance.randrange(allocated),
        }


def _key(name: str, index: int) -> str:
    return f"{_PREFIXES[name]}{index + 1:06}"


def _thing(_: _Company, chance: random.Random, index: int) -> Row:
    return {"id": index + 1, "name": f"thing {index + 1}", "amount": chance.randrange(1_000)}


_PREFIXES: Final = {
    "organizations": "org-",
    "roles": "role-",
    "users": "user-",
    "roleAssignments": "ra-",
    "employeeAssignments": "ea-",
    "creditConfigs": "cc-",
}
_MAKERS: Final[Mapping[str, Callable[[_Company, random.Random, int], Row]]] = {
    "tenants": _Company.tenant,
    "organizations": _Company.organization,
    "roles": _Company.role,
    "users": _Company.user,
    "roleAssignments": _Company.role_assignment,
    "employeeAssignments": _Company.employee_assignment,
    "creditConfigs": _Company.credit_config,
    "entityCredits": _Company.entity_credit,
}
