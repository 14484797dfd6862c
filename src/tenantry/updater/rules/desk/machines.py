"""The machines a dealer services, in kinds that differ in what can fail."""

from typing import Final

from tenantry.updater.rules.corpus.machines import MODELS, Model
from tenantry.updater.rules.draw import Draw, Weights

__all__ = ["FIRST_KIND", "MODELS", "model_for", "serial_number"]

FIRST_KIND: Final = "copier"
"""What every customer has one of; all that is reported can happen to it."""

_OTHERS: Final = Weights(
    {"copier": 35, "printer": 30, "scanner": 15, "wide_format": 12, "production_press": 8}
)
_BATCHES: Final = 1000


def model_for(draw: Draw, place: int) -> Model:
    """Return the model of a customer's machine, which is the `place`th from 0."""
    return draw.pick(MODELS[draw.weighted(_OTHERS) if place else FIRST_KIND])


def serial_number(draw: Draw, model: Model, customer_id: str, place: int) -> str:
    """Return a serial number as machines of a model have them; no other machine has it."""
    number = customer_id.rpartition("-")[2]
    return f"{model.prefix}-{draw.below(_BATCHES):03d}{number:0>4}{place}"
