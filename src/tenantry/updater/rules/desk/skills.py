"""What technicians can do, and what trade of theirs brings which skills."""

from typing import Final

import msgspec


class Trade(msgspec.Struct, frozen=True):
    """What somebody has learnt: skills, and the papers that say so."""

    name: str
    skills: tuple[str, ...]
    certifications: tuple[str, ...]


_FIELD: Final = Trade(
    "field",
    (
        "mechanical_repair",
        "paper_path_troubleshooting",
        "preventive_maintenance",
        "consumables_replacement",
        "imaging_unit_service",
    ),
    ("Certified Field Technician", "Preventive Maintenance Level 2"),
)
_IMAGING: Final = Trade(
    "imaging",
    (
        "print_quality",
        "color_calibration",
        "consumables_replacement",
        "imaging_unit_service",
        "user_training",
    ),
    ("Color Management Specialist",),
)
_SYSTEMS: Final = Trade(
    "systems",
    ("network_configuration", "driver_configuration", "print_server", "user_training"),
    ("Network Printing Specialist", "Document Security Level 1"),
)
_ELECTRONICS: Final = Trade(
    "electronics",
    (
        "error_diagnostics",
        "electronics_repair",
        "mechanical_repair",
        "paper_path_troubleshooting",
    ),
    ("Certified Electronics Technician", "Electrical Safety"),
)

TRADES: Final = (
    _FIELD,
    _SYSTEMS,
    _IMAGING,
    _ELECTRONICS,
    _FIELD,
    _SYSTEMS,
    _IMAGING,
    _ELECTRONICS,
)
"""Those of the technicians of a world, one each: every trade is there twice."""
