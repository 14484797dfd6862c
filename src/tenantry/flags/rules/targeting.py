"""What a targeting rule may be: JsonLogic that ends, soon, and names variants that there are."""

from collections.abc import Collection, Mapping
from typing import Any, Final, NoReturn

from tenantry.flags.errors import FlagDefinitionInvalid

MAX_DEPTH: Final = 50
MAX_NODES: Final = 5_000
MAX_REPEATED_NODES: Final = 50
"""What all repeated parts of a rule may come to: they are evaluated once for every item."""

MAX_WEIGHT: Final = 2_147_483_647

_BRANCHES: Final = frozenset({"if", "?:"})
_REPEATING: Final = frozenset({"all", "filter", "map", "none", "some"})
_OPERATORS: Final = frozenset(
    {
        *("!", "!!", "!=", "!==", "==", "===", "<", "<=", ">", ">=", "and", "or"),
        *("%", "*", "+", "-", "/", "max", "min"),
        *("cat", "in", "merge", "missing", "missing_some", "substr", "var"),
        *("ends_with", "fractional", "sem_ver", "starts_with"),
        *_BRANCHES,
        *_REPEATING,
    }
)
_WHY_NOT: Final = {
    "reduce": "it can make a rule of a few characters run for ever",
    "log": "it writes to the server's output",
    "$ref": "shared evaluators belong to a whole flag set, and each flag here stands alone",
}
_TIME: Final = "$flagd.timestamp"
_INT64: Final = 2**63


class TargetingCheck:
    """One walk through a rule; `is_timed` says afterwards whether it asks for the time."""

    def __init__(self, variants: Collection[str], *, field: str) -> None:
        self._variants = variants
        self._field = field
        self._nodes = 0
        self._repeated = 0
        self.is_timed = False

    def run(self, rule: Mapping[str, Any]) -> None:
        """Raise `FlagDefinitionInvalid`, which names the place, unless `rule` can be evaluated."""
        self._check_outcome(rule, self._field)
        self._walk(rule, self._field, depth=1, is_repeated=False)

    def _walk(self, part: Any, where: str, *, depth: int, is_repeated: bool) -> None:
        self._count(where, depth=depth, is_repeated=is_repeated)
        if isinstance(part, list):
            for number, item in enumerate(part):
                self._walk(item, f"{where}[{number}]", depth=depth + 1, is_repeated=is_repeated)
        elif isinstance(part, dict):
            self._walk_operation(part, where, depth=depth, is_repeated=is_repeated)
        elif isinstance(part, int) and not -_INT64 <= part < _INT64:
            _refuse(where, part, "a number of 64 bits")

    def _walk_operation(
        self, part: dict[str, Any], where: str, *, depth: int, is_repeated: bool
    ) -> None:
        operator = _operator_of(part, where)
        operand = part[operator]
        where = f"{where}.{operator}"
        if operator == "fractional":
            _check_weights(operand, where)
        if operator == "var" and _asks_for_time(operand):
            self.is_timed = True

        if operator not in _REPEATING or not isinstance(operand, list):
            self._walk(operand, where, depth=depth + 1, is_repeated=is_repeated)
            return
        if is_repeated:
            _refuse(where, operator, "no repetition inside another")
        items, *repeated = operand or [None]
        if not _is_literal(items) and not _is_attribute(items):
            _refuse(f"{where}[0]", items, "a list, or the attribute that has one")
        self._walk(items, f"{where}[0]", depth=depth + 1, is_repeated=False)
        for number, item in enumerate(repeated, start=1):
            self._walk(item, f"{where}[{number}]", depth=depth + 1, is_repeated=True)

    def _count(self, where: str, *, depth: int, is_repeated: bool) -> None:
        self._nodes += 1
        self._repeated += is_repeated
        if depth > MAX_DEPTH:
            _refuse(where, f"nesting beyond {MAX_DEPTH}", f"at most {MAX_DEPTH} levels")
        if self._nodes > MAX_NODES:
            _refuse(self._field, f"over {MAX_NODES} parts", f"at most {MAX_NODES}")
        if self._repeated > MAX_REPEATED_NODES:
            _refuse(
                where,
                f"over {MAX_REPEATED_NODES} parts inside all, filter, map, none and some",
                f"at most {MAX_REPEATED_NODES} in a rule",
            )

    def _check_outcome(self, part: Any, where: str) -> None:
        """Refuse a variant that there is not, wherever a rule names what it comes to."""
        if isinstance(part, bool):
            part = str(part).lower()
        if isinstance(part, str) and part not in self._variants:
            _refuse(where, part, f"{_one_of(self._variants)}, or null")
        if isinstance(part, int | float | list):
            _refuse(where, part, f"{_one_of(self._variants)}, null, or an operation")
        if not isinstance(part, dict):
            return

        operator = _operator_of(part, where)
        operands, where = part[operator], f"{where}.{operator}"
        if not isinstance(operands, list):
            return
        for number, operand in enumerate(operands):
            # Every second of an `if` is a condition, but for a last one, which is what else.
            if operator in _BRANCHES and (number % 2 or number == len(operands) - 1):
                self._check_outcome(operand, f"{where}[{number}]")
            if operator == "fractional" and isinstance(operand, list) and operand:
                self._check_outcome(operand[0], f"{where}[{number}][0]")


def _operator_of(part: Mapping[str, Any], where: str) -> str:
    if len(part) != 1:
        _refuse(where, f"an object with {len(part)} names", "one operator")
    (operator,) = part
    if operator in _WHY_NOT:
        _refuse(where, operator, f"another operator: {_WHY_NOT[operator]}")
    if operator not in _OPERATORS:
        _refuse(where, operator, f"an operator: {', '.join(sorted(_OPERATORS))}")
    return operator


def _check_weights(operands: Any, where: str) -> None:
    wants = 'shares such as ["on", 10], behind what to divide by, if anything'
    if not isinstance(operands, list) or not operands:
        _refuse(where, operands, wants)
    first = 0 if isinstance(operands[0], list) else 1
    if len(operands) <= first:
        _refuse(where, operands, wants)

    weights = [
        _weight(share, f"{where}[{number}]")
        for number, share in enumerate(operands[first:], start=first)
    ]
    known = [weight for weight in weights if weight is not None]
    if len(known) == len(weights) and not 0 < sum(known) <= MAX_WEIGHT:
        _refuse(where, f"weights of {sum(known)} together", f"1 to {MAX_WEIGHT}")


def _weight(share: Any, where: str) -> int | None:
    """Return the weight of a share; None for one that is known only in the end."""
    if not isinstance(share, list) or len(share) not in (1, 2):
        _refuse(where, share, 'a variant and its weight, such as ["on", 10]')
    if len(share) == 1:
        return 1
    weight = share[1]
    if isinstance(weight, dict):
        return None
    if isinstance(weight, bool) or not isinstance(weight, int) or weight < 0:
        _refuse(f"{where}[1]", weight, "a whole number, from 0")
    return weight


def _asks_for_time(operand: Any) -> bool:
    named = operand[0] if isinstance(operand, list) and operand else operand
    # An empty name is the whole context, and one that is computed may be anything.
    return not isinstance(named, str) or named in ("", "$flagd", _TIME)


def _is_attribute(part: Any) -> bool:
    return isinstance(part, dict) and list(part) == ["var"] and _is_literal(part["var"])


def _is_literal(part: Any) -> bool:
    if isinstance(part, list):
        return all(map(_is_literal, part))
    return not isinstance(part, dict)


def _one_of(names: Collection[str]) -> str:
    shown = sorted(names)
    more = f" and {len(shown) - 20} more" if len(shown) > 20 else ""  # noqa: PLR2004 - those shown
    return "one of " + ", ".join(shown[:20]) + more


def _refuse(where: str, got: Any, wants: str) -> NoReturn:
    shown = got if isinstance(got, str | int | float | bool) else repr(got)
    raise FlagDefinitionInvalid(
        field=where, got=shown[:200] if isinstance(shown, str) else shown, wants=wants
    )
