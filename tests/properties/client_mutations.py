"""Real configurations, with mistakes that people and converters make put into them."""

from typing import Any

import msgspec
from hypothesis import strategies as st

from tests.support.client_files import NAMES, original

_VALUES: st.SearchStrategy[Any] = st.sampled_from(
    [
        *(None, "", " ", "x", "3", "true", "login", " /a ", "USER, ADMIN", "core.Thing@1.0.0"),
        *(0, 3, 1.5, True, 10**30, [], {}, [None], ["USER"], [[]], {"a": 1}),
        *({"key": "x", "value": 1}, {"$oid": "5f"}, {"$date": {"$numberLong": "5"}}),
        *("${NAME}", "a ${OTHER} ${NAME:x}", "${route.id}", "generate"),
    ]
)
_OPERATIONS = st.sampled_from(["drop", "replace", "double", "retype", "misspell", "null"])

Place = tuple[Any, Any]


@st.composite
def mutated(draw: st.DrawFn) -> dict[str, Any]:
    """Return one of the real configurations with up to a dozen mistakes in it."""
    raw = original(draw(st.sampled_from(NAMES)))
    for _ in range(draw(st.integers(1, 12))):
        # Of its user name a key can still be made.
        places = [(h, k) for h, k in _places(raw) if h is not raw or k != "username"]
        holder, key = places[draw(st.integers(0, len(places) - 1))]
        _mutate(draw, holder, key)
    return raw


def _places(value: Any) -> list[Place]:
    """Return all that could be changed, by what holds it."""
    if isinstance(value, dict):
        here: list[Place] = [(value, key) for key in value]
    elif isinstance(value, list):
        here = [(value, index) for index in range(len(value))]
    else:
        return []
    return [*here, *(place for _, key in here for place in _places(value[key]))]


def _mutate(draw: st.DrawFn, holder: Any, key: Any) -> None:
    value = holder[key]
    match draw(_OPERATIONS):
        case "drop":
            del holder[key]
        case "null":
            holder[key] = None
        case "replace":
            holder[key] = _copied(draw(_VALUES))
        case "retype":
            holder[key] = draw(st.sampled_from(_other_types(value)))
        case "double" if isinstance(holder, list):
            holder.insert(draw(st.integers(0, len(holder))), _copied(value))
        case "misspell" if isinstance(key, str):
            del holder[key]
            holder[draw(st.sampled_from(_misspellings(key)))] = value
        case _:
            holder[key] = [value]


def _other_types(value: Any) -> list[Any]:
    """Return what else a value might be written as."""
    others: list[Any] = [[_copied(value)], {"value": _copied(value)}, str(value)]
    if isinstance(value, list):
        others.append({str(index): each for index, each in enumerate(value)})
        named = [each for each in value if isinstance(each, dict)]
        others.append({str(e.get("key", e.get("name", i))): e for i, e in enumerate(named)})
        others.append(",".join(str(each) for each in value))
    if isinstance(value, dict):
        others.append([{"key": k, "value": v} for k, v in value.items()])
        others.append(list(value.values()))
    return others


def _misspellings(name: str) -> list[str]:
    return [name[1:] + name[:1], name[:-1], name + "s", name.upper(), f"{name[:2]}_{name[2:]}", "x"]


def _copied(value: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(value)) if _is_small(value) else value


def _is_small(value: Any) -> bool:
    return not isinstance(value, int) or abs(value) < 2**63
