"""What can go wrong with a flag, by kind."""

from tenantry.base import errors


class FlagDefinitionInvalid(errors.Unprocessable):
    """The value is no flag; the message says which field of it, what it has and what it wants."""

    default_code = "invalid_flag"


class FlagKeyInvalid(errors.Invalid):
    """The name is not one a flag can have."""

    default_code = "invalid_flag_key"


class FlagContextInvalid(errors.Invalid):
    """The context is not one that flags can be evaluated for."""

    default_code = "invalid_context"
