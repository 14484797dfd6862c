"""What a run is given: which slot it is, whose, and its draws."""

from typing import Final

import msgspec

from tenantry.updater.model import GenerationConfig, Slot
from tenantry.updater.rules.calendar import SECOND, BusinessCalendar
from tenantry.updater.rules.draw import Draw, draw_for

RECALLED_SECONDS: Final = 2 * 3_600
SETUP: Final = "world_setup"
"""The name of the run that a world begins with."""


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One run of an updater, and all it may know besides the world."""

    tenant_id: str
    seed: int
    slot: Slot
    config: GenerationConfig
    calendar: BusinessCalendar

    @property
    def since(self) -> int:
        """From when on something may have happened that is recorded in this run.

        Behind the slot before, and the last two business hours in any case: what is recorded first
        thing in the morning, or on a Sunday, was done before people went home.
        """
        reached = self.calendar.back(self.slot.at, RECALLED_SECONDS)
        return min(self.slot.after + SECOND, reached)

    def draw(self, entity: str) -> Draw:
        """Return the draws for an entity of this run."""
        return draw_for(self.seed, self.slot.updater, self.slot.key, entity)

    def standing_draw(self, state: str, entity_id: str) -> Draw:
        """Return the draws for what an entity is in for in a state: the same in every run."""
        return draw_for(self.seed, "standing", state, entity_id)
