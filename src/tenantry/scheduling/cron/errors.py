"""What is wrong with an expression or an intent: the field, what it got, what it wants, and why."""

from typing import ClassVar

from tenantry.base.errors import Invalid

_SHOWN = 64


class CronError(Invalid):
    """An expression is wrong, ambiguous, or never fires.

    `suggestion` is what was probably meant, where that can be said; it is in the message, and in
    `details` for programs.
    """

    default_code: ClassVar[str] = "invalid_cron"

    def __init__(
        self,
        *,
        field: str,
        got: str,
        wants: str,
        why: str | None = None,
        suggestion: str | None = None,
    ) -> None:
        shown = got if len(got) <= _SHOWN else f"{got[:_SHOWN]}…"
        message = f"{field}: got {shown!r}, wants {wants}"
        if why is not None:
            message += f"; {why}"
        if suggestion is not None:
            message += f"; did you mean `{suggestion}`?"
        details = {"field": field, "got": shown, "wants": wants, "suggestion": suggestion}
        super().__init__(
            message, details={name: value for name, value in details.items() if value is not None}
        )


class IntentError(Invalid):
    """An intent is not of the small grammar that is understood; the message says that grammar."""

    default_code: ClassVar[str] = "invalid_intent"
