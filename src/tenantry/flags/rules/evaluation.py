"""What a flag is for a context: the reference evaluator of flagd, and why it says so.

The one door to `openfeature.contrib.tools.flagd`.
"""

import logging
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

from openfeature.contrib.tools.flagd.core import FlagdCore
from openfeature.contrib.tools.flagd.core.targeting import targeting
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import OpenFeatureError
from openfeature.flag_evaluation import FlagResolutionDetails

from tenantry.base.codec import decode_json
from tenantry.base.errors import Invalid
from tenantry.flags.errors import FlagContextInvalid
from tenantry.flags.model import (
    MAX_CONTEXT_VALUES,
    Context,
    ErrorCode,
    Evaluation,
    FlagDefinition,
    Reason,
)
from tenantry.flags.rules.definition import read_definition

_COMPILED: Final = 4_096
_MAX_SHOWN: Final = 300
_INT64: Final = 2**63
_TARGETING_KEY: Final = "targetingKey"

# Its operators complain of a context that is not to their liking, and quote it, every time.
logging.getLogger("openfeature.contrib").addFilter(lambda record: record.module != "custom_ops")


class CompiledFlag:
    """A flag, ready to be evaluated any number of times."""

    def __init__(self, definition: FlagDefinition) -> None:
        self.definition = definition
        core = FlagdCore()
        # It takes the definition apart.
        core.set_flags({"flags": {definition.key: decode_json(definition.json)}})
        self._resolve = _resolver(core, definition)
        self._is_split = _has_split(definition.targeting)

    def evaluate(self, context: Context) -> Evaluation:
        """Return what the flag is; what the evaluator cannot say is an evaluation too."""
        definition = self.definition
        asked = _asked_by(context)
        try:
            found = self._resolve(asked)
            reason = self._reason(found, asked)
        except OpenFeatureError as error:
            return failed(definition.key, "GENERAL", error.error_message or "cannot be evaluated")
        except Exception as error:  # noqa: BLE001 - a rule that divides by zero raises whatever it does
            return failed(definition.key, "GENERAL", f"targeting: {type(error).__name__}: {error}")

        if definition.is_disabled or found.variant is None:
            return Evaluation(key=definition.key, reason=reason, metadata=definition.metadata)
        return Evaluation(
            key=definition.key,
            reason=reason,
            value=definition.variants[found.variant],
            variant=found.variant,
            metadata=definition.metadata,
        )

    def _reason(self, found: FlagResolutionDetails[Any], asked: EvaluationContext) -> Reason:
        reason = str(found.reason)
        if reason == "TARGETING_MATCH":
            is_split = self._is_split and self._ends_in_split(asked)
            return "SPLIT" if is_split else "TARGETING_MATCH"
        if reason in ("STATIC", "DISABLED"):
            return "DISABLED" if reason == "DISABLED" else "STATIC"
        return "DEFAULT"

    def _ends_in_split(self, asked: EvaluationContext) -> bool:
        """Whether the branch that was taken has divided, which the evaluator does not say."""
        part: Any = self.definition.targeting
        while isinstance(part, dict) and len(part) == 1:
            ((operator, operands),) = part.items()
            if operator == "fractional":
                return True
            if operator not in ("if", "?:") or not isinstance(operands, list):
                return False
            part = self._branch(operands, asked)
        return False

    def _branch(self, operands: list[Any], asked: EvaluationContext) -> Any:
        """Return the part of an `if` that is taken."""
        for number in range(0, len(operands) - 1, 2):
            if targeting(self.definition.key, {"!!": [operands[number]]}, asked):
                return operands[number + 1]
        return operands[-1] if len(operands) % 2 else None


def compiled(key: str, value: bytes) -> CompiledFlag | Evaluation:
    """Return the flag that `value` defines, or the evaluation that says why it defines none."""
    return _compiled(key, value)


@lru_cache(maxsize=_COMPILED)
def _compiled(key: str, value: bytes) -> CompiledFlag | Evaluation:
    try:
        return CompiledFlag(read_definition(key, value))
    except Invalid as error:
        return failed(key, "PARSE_ERROR", error.message)
    except OpenFeatureError as error:
        return failed(key, "PARSE_ERROR", error.error_message or "cannot be read")


def evaluate(key: str, value: bytes, context: Context) -> Evaluation:
    """Return what the flag that `value` defines is for `context`; never raises."""
    flag = compiled(key, value)
    return flag if isinstance(flag, Evaluation) else flag.evaluate(context)


def is_broken(key: str, value: bytes) -> bool:
    """Whether `value` defines no flag."""
    return isinstance(compiled(key, value), Evaluation)


def is_timed(key: str, value: bytes) -> bool:
    """Whether the flag that `value` defines may be another one later, for the same context."""
    flag = compiled(key, value)
    return isinstance(flag, CompiledFlag) and flag.definition.is_timed


def failed(key: str, code: ErrorCode, details: str) -> Evaluation:
    """Return the evaluation of a flag that cannot be evaluated."""
    return Evaluation(
        key=key, reason="ERROR", error_code=code, error_details=f"{key}: {details}"[:_MAX_SHOWN]
    )


def checked_context(context: Context) -> Context:
    """Return `context` as it is evaluated for: whole numbers beyond 64 bits are inexact.

    Raises `FlagContextInvalid` where flags cannot be evaluated for it, or not soon.
    """
    key = context.get(_TARGETING_KEY)
    if key is not None and not isinstance(key, str):
        raise FlagContextInvalid(
            field=f"context.{_TARGETING_KEY}", got=str(key)[:_MAX_SHOWN], wants="a text"
        )
    bounded: Context = _bounded(context)
    count = _count(bounded)
    if count > MAX_CONTEXT_VALUES:
        raise FlagContextInvalid(
            field="context", got=f"{count} values", wants=f"at most {MAX_CONTEXT_VALUES}"
        )
    return bounded


def _count(part: Any) -> int:
    if isinstance(part, Mapping):
        return 1 + sum(map(_count, part.values()))
    if isinstance(part, list | tuple):
        return 1 + sum(map(_count, part))
    return 1


def _bounded(part: Any) -> Any:
    """Return `part` without numbers that grow beyond all bounds where a rule multiplies them."""
    if isinstance(part, Mapping):
        return {name: _bounded(value) for name, value in part.items()}
    if isinstance(part, list | tuple):
        return [_bounded(value) for value in part]
    if not isinstance(part, int) or -_INT64 <= part < _INT64:
        return part
    try:
        # As most programs that write JSON mean it.
        return float(part)
    except OverflowError:
        raise FlagContextInvalid(
            field="context", got="a number beyond all bounds", wants="a smaller one, or a text"
        ) from None


def _asked_by(context: Context) -> EvaluationContext:
    attributes = {name: value for name, value in context.items() if name != _TARGETING_KEY}
    return EvaluationContext(context.get(_TARGETING_KEY), attributes)


def _resolver(
    core: FlagdCore, definition: FlagDefinition
) -> Callable[[EvaluationContext], FlagResolutionDetails[Any]]:
    """Return what evaluates the flag as what it is; whoever wants another type sees that it is."""
    resolve: Mapping[str, Callable[..., FlagResolutionDetails[Any]]] = {
        "boolean": core.resolve_boolean_value,
        "string": core.resolve_string_value,
        "integer": core.resolve_integer_value,
        "float": core.resolve_float_value,
        "object": core.resolve_object_value,
    }
    by_kind = resolve[definition.kind]
    return lambda asked: by_kind(definition.key, None, asked)


def _has_split(rule: Any) -> bool:
    if isinstance(rule, dict):
        return "fractional" in rule or any(map(_has_split, rule.values()))
    return isinstance(rule, list) and any(map(_has_split, rule))
