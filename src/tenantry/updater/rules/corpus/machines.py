"""The machines a dealer services: models of our own, of nobody's make."""

from typing import Final

import msgspec


class Model(msgspec.Struct, frozen=True):
    """A model, its kind, and what the serial numbers of its machines begin with."""

    name: str
    kind: str
    prefix: str


MODELS: Final[dict[str, tuple[Model, ...]]] = {
    "copier": (
        Model("Corvane C2540", "copier", "CV25"),
        Model("Corvane C3560", "copier", "CV35"),
        Model("Ostrel MX 410", "copier", "OM41"),
        Model("Ostrel MX 620", "copier", "OM62"),
        Model("Pellanor Duo 55", "copier", "PD55"),
    ),
    "printer": (
        Model("Corvane P1200", "printer", "CP12"),
        Model("Ostrel LX 30", "printer", "OL30"),
        Model("Pellanor Solo 18", "printer", "PS18"),
    ),
    "production_press": (
        Model("Ostrel Pressline 900", "production_press", "OP90"),
        Model("Corvane Volume 7100", "production_press", "CV71"),
    ),
    "wide_format": (
        Model("Pellanor Plan 36", "wide_format", "PP36"),
        Model("Corvane Wide W44", "wide_format", "CW44"),
    ),
    "scanner": (
        Model("Ostrel Scan 75", "scanner", "OS75"),
        Model("Pellanor Leaf 60", "scanner", "PL60"),
    ),
}
"""By kind."""
