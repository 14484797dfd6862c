"""What wears out: toner and ink, drums, and what is due at a service interval.

The lines are those of `faults`.
"""

from typing import Final

TEXTS: Final[dict[str, str]] = {
    "toner_replacement": """
    Black toner low | cpr | toner_black
    The {machine} says that black toner is low, and there is no spare on site.
    Black cartridge is at 3 percent.
    Replaced the black toner cartridge and left the counter sheet with the customer.
    A spare was found in the supply room and put in; no cartridge was needed.

    Color toner empty | cr | toner_cyan toner_magenta toner_yellow
    The {machine} prints black only, since its color toner is empty.
    Cyan, magenta and yellow all report empty.
    Replaced the three color cartridges and printed the color test page.
    Shook and seated the cartridges; the levels are read correctly again.

    Toner cartridge not recognized | cp | toner_black
    The {machine} does not accept the toner cartridge that was put in yesterday.
    Chip of the cartridge does not answer.
    Put in another black cartridge and sent the first one back.
    Cleaned the contacts of the chip; the cartridge is accepted.

    Ink set running out | w | ink_set
    The {machine} warns that two inks will not last for the week's plans.
    Cyan and black ink are below 5 percent.
    Replaced the ink set and ran the nozzle check.
    Reset the level reading after a cleaning; the inks are at 40 percent.
    """,
    "drum_replacement": """
    Drum unit at end of life | cpr | drum_unit_black
    The {machine} reports that its drum unit has reached its end.
    Drum counter is over its limit, coating is worn.
    Replaced the black drum unit and reset its counter.
    Counter had not been reset at the last exchange; reset it now, the drum is good.

    Repeating spots at equal distance | cp | drum_unit_black
    Every page of the {machine} has a spot that repeats every 9 centimeters.
    A dent in the drum coating matches the distance of the spots.
    Replaced the black drum unit; the test page has no spots.
    Cleaned a speck of glue off the drum; the test page has no spots.

    Color drums worn | cr | drum_unit_color
    Colors of the {machine} smear at the edges, and it asks for new color drums.
    Color drums are 20 percent over their life.
    Replaced the color drum units and calibrated the registration.
    Cleaned the edge seals and calibrated the registration; the drums last a while longer.

    Drum counter does not match | pr | drum_chip
    The {machine} counts its drum down twice as fast as it should.
    Chip of the drum unit counts pages twice.
    Replaced the drum chip and set the counter from the log.
    Updated the firmware, which counts correctly, and set the counter from the log.
    """,
    "preventive_maintenance": """
    Service interval reached | cpr | maintenance_kit
    The page counter of the {machine} has reached its service interval.
    Rollers and filters are worn as expected at this count.
    Fitted the maintenance kit, cleaned the paper path and reset the interval.
    Cleaned the paper path and reset the interval; the kit can wait for the next one.

    Half-yearly inspection | cprs | filter_set
    The half-yearly inspection of the {machine} under the service contract is due.
    Ozone and dust filters are gray.
    Changed the filter set, cleaned the optics and updated the firmware.
    Cleaned the filters and the optics and updated the firmware.

    Yearly safety check | cprws | grounding_strap
    The yearly safety check of the {machine} is due.
    Grounding strap is corroded at one end.
    Replaced the grounding strap and measured all values within limits.
    Measured all values within limits; nothing had to be replaced.

    Printhead and rail service | w | rail_oil_felt
    The {machine} asks for the service of its printhead and rail.
    Rail is dry, felt has hardened.
    Replaced the oil felt, oiled the rail and aligned the printhead.
    Oiled the rail and aligned the printhead.
    """,
}
