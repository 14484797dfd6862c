"""Which of the three forms an answer takes: what `Accept` asks for, else the path's own."""

from functools import lru_cache
from typing import Literal

Form = Literal["plain", "envelope", "problem"]

_MEDIA_TYPES: dict[str, Form] = {
    "text/plain": "plain",
    "application/json": "envelope",
    "application/problem+json": "problem",
}
_LONGEST_REMEMBERED = 256


def negotiate(accept: bytes | None, *, default: Form) -> Form:
    """Return the form that `accept` names with the highest weight, else `default`.

    Only a media type named in full is a choice: `*/*`, `text/*` and types we do not speak leave
    the default. Of two with the same weight the problem wins, then whichever comes first.
    """
    if not accept or accept == b"*/*":
        return default
    if len(accept) > _LONGEST_REMEMBERED:
        return _named_form(accept) or default
    return _remembered_form(accept) or default


def prefers(accept: bytes | None, media_type: str) -> bool:
    """Whether `accept` names `media_type` in full, and plain JSON with no higher weight."""
    weights: dict[str, float] = {}
    for part in (accept or b"").decode("latin-1").split(","):
        name, *parameters = [piece.strip().lower() for piece in part.split(";")]
        weights[name] = _weight(parameters)
    weight = weights.get(media_type, 0.0)
    return weight > 0 and weight >= weights.get("application/json", 0.0)


def default_form(path: str) -> Form:
    """Return the form of a path whose request asks for none: the envelope below `/api/`."""
    return "envelope" if path.startswith("/api/") else "plain"


def _named_form(accept: bytes) -> Form | None:
    best: Form | None = None
    best_rank = (0.0, False)

    for part in accept.decode("latin-1").split(","):
        name, *parameters = [piece.strip().lower() for piece in part.split(";")]
        form = _MEDIA_TYPES.get(name)
        if form is None:
            continue
        rank = (_weight(parameters), form == "problem")
        if rank[0] > 0 and rank > best_rank:
            best, best_rank = form, rank

    return best


_remembered_form = lru_cache(maxsize=256)(_named_form)


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() != "q":
            continue
        try:
            weight = float(value)
        except ValueError:
            return 0.0
        return weight if 0 <= weight <= 1 else 0.0
    return 1.0
