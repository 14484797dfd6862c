"""Clients as a narration is told of them: plans, results, and the narration of a whole morning."""

from typing import Any

from tenantry.clients.errors import InvalidClient
from tenantry.clients.model import (
    AllCounts,
    ClientPlan,
    CollectionPlan,
    Counts,
    FailedClient,
    FieldChange,
    ItemChange,
    ItemError,
    ItemFailure,
    StartupResult,
    UpsertResult,
)
from tenantry.clients.service.narration import ClientNarration
from tenantry.clients.service.upsert_narration import UpsertNarration

EMAIL = "ada.lovelace@acme.example"
MASKED = "a***@acme.example"
USER_ID = "0199-ada"

WRONG = ItemError(
    error_type="validation_failed",
    message="unknown field, did you mean ordinal?",
    path="$.menus[0].entries[1].orinal",
    code="unknown_field",
)
MISSING = ItemError(
    error_type="missing_fields", message="path is missing", path="$.routes[3]", item_key="about"
)
BROKEN_ROUTE = ItemError(
    error_type="processing_error", message="no such page", path="$.routes[4]", item_key="broken"
)
USER_ERROR = ItemError(
    error_type="processing_error",
    message=f"Ada Lovelace <{EMAIL}>, password hunter2: too short",
    path="$.users[0]",
    item_key=EMAIL,
)


def plan_of(**more: Any) -> ClientPlan:
    """Return a plan that adds 3 routes, changes 5 and removes 1, of a client called My Client."""
    routes = (
        *(ItemChange(action="added", identity=f"new-{n}", id=f"id-{n}") for n in range(3)),
        *(
            ItemChange(
                action="updated",
                identity=f"page-{n}",
                fields=(FieldChange(path="componentProps.token", before="old", after="hunter2"),),
            )
            for n in range(4)
        ),
        ItemChange(action="moved", identity="page-4", is_moved=True),
        ItemChange(action="removed", identity="old"),
    )
    given: dict[str, Any] = {
        "tenant_id": "acme",
        "key": "my-client",
        "name": "My Client",
        "base_revision": 1,
        "routes": CollectionPlan(changes=routes, counts=ROUTES),
        "menus": CollectionPlan(counts=Counts(unchanged=2)),
        "components": CollectionPlan(counts=Counts(added=2, updated=1)),
        "users": CollectionPlan(
            changes=(ItemChange(action="updated", identity=MASKED, id=USER_ID),),
            counts=Counts(updated=1),
        ),
    }
    return ClientPlan(**given | more)


ROUTES = Counts(added=3, updated=4, moved=1, removed=1, unchanged=20)
COUNTS = AllCounts(
    routes=ROUTES,
    menus=Counts(unchanged=2),
    components=Counts(added=2, updated=1),
    users=Counts(added=1, unchanged=1),
)


def result_of(**more: Any) -> UpsertResult:
    """Return what became of it."""
    given: dict[str, Any] = {
        "key": "my-client",
        "tenant": "acme",
        "name": "My Client",
        "revision": 2,
        "changed": True,
        "counts": COUNTS,
    }
    return UpsertResult(**given | more)


def tell_of_everything(narration: ClientNarration) -> None:
    """Tell of a start that applies one client, leaves items out, and fails with another."""
    skipped = ItemFailure(kind="routes", identity="about", index=3)
    with narration.upsert("my-client", "My Client", "acme", "update") as told:
        told.plan(plan_of(failures=(skipped,)))
        told.applied(result_of(errors=(MISSING, BROKEN_ROUTE, USER_ERROR)))
    with narration.upsert("problematic-client", "Problematic", "acme", "update") as told:
        _fail(told)
    narration.startup(
        StartupResult(
            clients_loaded=(result_of(),),
            clients_failed=(
                FailedClient(
                    key="problematic-client",
                    tenant="acme",
                    file="acme/problematic-client.yaml",
                    errors=(WRONG,),
                    command="tenantry clients validate acme/problematic-client.yaml",
                ),
            ),
            duration_seconds=0.25,
        )
    )


def _fail(told: UpsertNarration) -> None:
    told.broken_off(InvalidClient([WRONG], key="problematic-client"))
