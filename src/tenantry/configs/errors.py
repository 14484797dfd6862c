"""What can go wrong with a setting, by kind."""

from tenantry.base import errors


class ConfigNotFound(errors.NotFound):
    """No value of this name has ever been stored, or not at that time."""


class ConfigDeleted(errors.Gone):
    """The value was deleted already."""


class ConfigVersionMismatch(errors.PreconditionFailed):
    """The caller's condition does not hold; `details` has the present version, 0 for none."""


class ConfigNameInvalid(errors.Invalid):
    """The name is not one a setting can have."""

    default_code = "invalid_name"


class ConfigValueInvalid(errors.Invalid):
    """The body holds no value that can be stored."""

    default_code = "invalid_value"


class ConfigValueTooLarge(errors.TooLarge):
    """The value is beyond a million characters."""


class IdempotencyKeyReused(errors.Unprocessable):
    """The idempotency key belongs to another request."""

    default_code = "idempotency_key_reused"


class ConfigTimestampInvalid(errors.Invalid):
    """The timestamp in the path is no ISO 8601 instant; clients know the text word for word."""

    default_code = "invalid_timestamp"

    def __init__(self) -> None:
        super().__init__(
            "Invalid timestamp format. Use ISO8601 (e.g., 2024-01-15T10:30:00Z)",
            field="timestamp",
            wants="ISO 8601 with an offset",
        )


class ChangesConflict(errors.Conflict):
    """Some of several changes were decided on what is no longer there: nothing was changed.

    `details["stale"]` names each with the version it expected and the present one, 0 for none.
    """

    default_code = "changes_conflict"


class ConfigSchemaInvalid(errors.Invalid):
    """The schema is none."""

    default_code = "invalid_schema"


class ConfigSchemaViolated(errors.Unprocessable):
    """A value does not meet a schema; `details["violations"]` says where and how."""

    default_code = "schema_violated"


class ConfigExposed(errors.Conflict):
    """The name cannot become a secret, since its history has values that everybody can read."""

    default_code = "exposed_history"


class NothingSealed(errors.Unprocessable):
    """There is no key to destroy: the values of this name were never sealed."""

    default_code = "nothing_sealed"
