"""Events of schemas to the schemas that they leave behind."""

from tenantry.configs.model import ConfigSchemaSet, Schema, Schemas
from tenantry.configs.store.codec import decode_schema_event, target_of
from tenantry.eventlog import RecordedEvent


def schemas_after(before: Schemas, event: RecordedEvent) -> Schemas:
    """Return the schemas of a tenant after the next event of their stream."""
    change = decode_schema_event(event)
    target = target_of(change)
    by_target = dict(before.by_target)
    if isinstance(change, ConfigSchemaSet):
        by_target[target] = Schema(
            target, bytes(change.schema), event.version, event.position, event.recorded_at
        )
    else:
        by_target.pop(target, None)
    return Schemas(event.version, by_target)
