"""Which updaters run in this process: what asks for them by no name means the last that began."""

from tenantry.database_updater.place import Place

_PLACES: list[Place] = []


def add_place(place: Place) -> None:
    """Say that updaters are reached so from now on."""
    _PLACES.append(place)


def remove_place(place: Place) -> None:
    """Say that they are not any more; safe twice."""
    if place in _PLACES:
        _PLACES.remove(place)


def last_place() -> Place | None:
    """Return the way to the updaters that began last; None where none run."""
    return _PLACES[-1] if _PLACES else None
