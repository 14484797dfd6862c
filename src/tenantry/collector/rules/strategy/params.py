"""What a strategy is told, read from JSON: what is wrong is named, with what it wants."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, TypeAlias

from tenantry.base.errors import Invalid
from tenantry.collector.model.strategy import (
    MAX_REQUESTS,
    MAX_USERS,
    STRATEGIES,
    FollowGraph,
    StrategyName,
    StrategyParams,
)
from tenantry.collector.rules.names import is_did, is_handle

MAX_SEEDS: Final = 100
MAX_QUERIES: Final = 50
MAX_QUERY: Final = 300
_MANY: Final = 2**53
_SHOWN: Final = 64

Reader: TypeAlias = Callable[[str, Any], Any]


def read_params(name: str, raw: Any) -> StrategyParams:
    """Return what a strategy is told, what was left out being the default; raises `Invalid`."""
    strategy = _strategy(name)
    if not isinstance(raw, Mapping):
        raise Invalid(field="body", got=_shown(raw), wants="an object")
    given = dict(raw)
    if strategy == "follow-graph":
        _name_seeds(given)

    readers = _READERS[strategy]
    for field in given:
        if field not in readers:
            raise Invalid(
                field=str(field)[:_SHOWN], got="a field", wants="one of " + ", ".join(readers)
            )
    values = {
        _SNAKE[field]: readers[field](field, value)
        for field, value in given.items()
        if value is not None
    }
    type_ = STRATEGIES[strategy]
    for field, needed in zip(type_.__struct_encode_fields__, type_.__struct_fields__, strict=True):
        if needed in _NEEDED[strategy] and needed not in values:
            raise Invalid(field=field, got="nothing", wants=_WANTS[needed])
    params: StrategyParams = type_(**values)
    if isinstance(params, FollowGraph):
        _check_graph(params)
    return params


def _strategy(name: str) -> StrategyName:
    for strategy in STRATEGIES:
        if strategy == name:
            return strategy
    raise Invalid(field="strategy", got=name[:_SHOWN], wants="one of " + ", ".join(STRATEGIES))


def _name_seeds(given: dict[str, Any]) -> None:
    """Let one user be named as `startHandle`."""
    start = given.pop("startHandle", None)
    if start is None:
        return
    if given.get("seedHandles") is not None:
        raise Invalid(
            field="startHandle", got="seedHandles besides", wants="seedHandles or startHandle"
        )
    given["seedHandles"] = [_actor("startHandle", start)]


def _check_graph(params: FollowGraph) -> None:
    if not (params.include_followers or params.include_following):
        raise Invalid(
            field="includeFollowing",
            got="neither followers nor those followed",
            wants="includeFollowers or includeFollowing to be true",
        )
    low, high = params.min_followers, params.max_followers
    if low is not None and high is not None and low > high:
        raise Invalid(field="minFollowers", got=low, wants=f"at most maxFollowers, which is {high}")


def _whole(low: int, high: int, field: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        wants = f"a whole number from {low} to {high}"
        raise Invalid(field=field, got=_shown(value), wants=wants)
    return value


def _flag(field: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise Invalid(field=field, got=_shown(value), wants="true or false")
    return value


def _actor(field: str, value: Any) -> str:
    text = value.removeprefix("@") if isinstance(value, str) else ""
    if is_did(text):
        return text
    if not is_handle(text.lower()):
        raise Invalid(field=field, got=_shown(value), wants="a handle (name.example) or a DID")
    return text.lower()


def _query(field: str, value: Any) -> str:
    text = " ".join(value.split()) if isinstance(value, str) else ""
    if not 0 < len(text) <= MAX_QUERY:
        wants = f"a text of 1 to {MAX_QUERY} characters"
        raise Invalid(field=field, got=_shown(value), wants=wants)
    return text


def _several(one: Reader, most: int, field: str, value: Any) -> tuple[Any, ...]:
    """Read a list, each of it once."""
    if not isinstance(value, (list, tuple)) or not 0 < len(value) <= most:
        got = f"{len(value)} of them" if isinstance(value, (list, tuple)) else _shown(value)
        raise Invalid(field=field, got=got, wants=f"a list of 1 to {most}")
    read = (one(f"{field}[{place}]", each) for place, each in enumerate(value))
    return tuple(dict.fromkeys(read))


def _shown(value: Any) -> Any:
    if isinstance(value, (bool, int, float, type(None))):
        return value
    return str(value)[:_SHOWN]


_USERS: Final = partial(_whole, 1, MAX_USERS)
_PAGES: Final = partial(_whole, 1, 1_000)
_REQUESTS: Final = partial(_whole, 1, MAX_REQUESTS)
_COUNT: Final = partial(_whole, 0, _MANY)
_POSTS: Final = partial(_whole, 1, 1_000)

_READERS: Final[dict[StrategyName, dict[str, Reader]]] = {
    "follow-graph": {
        "seedHandles": partial(_several, _actor, MAX_SEEDS),
        "maxUsers": _USERS,
        "maxDegrees": partial(_whole, 1, 10),
        "includeFollowers": _flag,
        "includeFollowing": _flag,
        "minFollowers": _COUNT,
        "maxFollowers": _COUNT,
        "maxPages": _PAGES,
        "maxRequests": _REQUESTS,
    },
    "popular-content": {
        "searchQueries": partial(_several, _query, MAX_QUERIES),
        "minLikes": _COUNT,
        "maxUsers": _USERS,
        "maxPages": _PAGES,
        "maxRequests": _REQUESTS,
    },
    "post-interactions": {
        "sourceHandle": _actor,
        "postLimit": _POSTS,
        "likes": _flag,
        "reposts": _flag,
        "replies": _flag,
        "quotes": _flag,
        "maxUsers": _USERS,
        "maxPages": _PAGES,
        "maxRequests": _REQUESTS,
    },
    "follow-back": {"handle": _actor, "maxUsers": _USERS, "maxRequests": _REQUESTS},
    "like-mentions": {
        "handle": _actor,
        "postLimit": _POSTS,
        "maxPages": _PAGES,
        "maxRequests": _REQUESTS,
    },
}
_SNAKE: Final = {
    wire: name
    for type_ in STRATEGIES.values()
    for wire, name in zip(type_.__struct_encode_fields__, type_.__struct_fields__, strict=True)
}
_NEEDED: Final[dict[StrategyName, tuple[str, ...]]] = {
    "follow-graph": ("seed_handles",),
    "popular-content": (),
    "post-interactions": ("source_handle",),
    "follow-back": ("handle",),
    "like-mentions": ("handle",),
}
_WANTS: Final = {
    "seed_handles": f"a list of 1 to {MAX_SEEDS}, or startHandle",
    "source_handle": "a handle (name.example) or a DID",
    "handle": "a handle (name.example) or a DID",
}
