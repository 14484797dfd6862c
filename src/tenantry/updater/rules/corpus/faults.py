"""What breaks: jams, bad prints, error codes, dead hardware.

Of each problem: title | kinds | parts, then what the customer reports, what the technician finds,
what was done with the parts, and what was done where none were needed.
"""

from typing import Final

TEXTS: Final[dict[str, str]] = {
    "paper_jam": """
    Paper jams in tray 2 | cp | pickup_rollers separation_pads
    Sheets from tray 2 of the {machine} stop halfway and have to be pulled out by hand.
    Pickup rollers of tray 2 are glazed and slip on every third sheet.
    Replaced the pickup rollers and separation pads of tray 2, ran 100 sheets without a jam.
    Cleaned the pickup rollers of tray 2 and set the paper guides, ran 100 sheets without a jam.

    Jams at the fuser exit | cpr | exit_rollers
    The {machine} crumples sheets where they leave the fuser.
    Exit rollers are worn on the left side, sheets come out askew.
    Replaced the exit rollers and checked the path to the output tray.
    Removed a torn label from the fuser exit and cleaned the guides.

    Document feeder takes several sheets at once | cs | feeder_roller_kit
    The feeder of the {machine} pulls in two or three originals together, and pages are missing.
    Separation roller of the feeder has no grip any more.
    Fitted a new feeder roller kit and fed 50 originals one by one.
    Cleaned the feeder rollers and reset the thickness sensor, fed 50 originals one by one.

    Duplex unit jams on heavy paper | cr | duplex_transport_belt
    Two-sided jobs on heavy stock jam inside the duplex unit of the {machine}.
    Transport belt of the duplex unit is stretched.
    Replaced the duplex transport belt and ran a two-sided job on heavy stock.
    Set the media type of the tray to heavy stock; two-sided jobs run through now.

    Roll media skews while feeding | w | roll_feed_clutch
    Plans come off the {machine} slanted, and the feed stops after a meter.
    Clutch of the roll feed slips under load.
    Replaced the roll feed clutch and plotted two test plans straight.
    Realigned the roll on its spindle and plotted two test plans straight.
    """,
    "quality_issue": """
    Dark lines down every page | cpr | drum_cleaning_blade
    Copies and prints of the {machine} have one or two dark lines from top to bottom.
    Cleaning blade leaves toner on the drum along one track.
    Replaced the drum cleaning blade and printed a clean gray test page.
    Cleaned the slit glass and the charge wire; the gray test page is clean.

    Colors look washed out | cr | transfer_belt
    Logos from the {machine} come out pale, and red looks orange.
    Transfer belt has lost its coating in the middle.
    Replaced the transfer belt, calibrated the colors and matched the customer's sample.
    Calibrated the colors and set the density anew, matched the customer's sample.

    Streaks on scanned pages | cs | scan_glass_strip
    Everything that is scanned in the feeder of the {machine} has a thin streak.
    Scratch on the glass strip under the feeder.
    Replaced the glass strip, and scans are clean.
    Cleaned dried correction fluid off the glass strip, and scans are clean.

    Faded print on one side | cp | developer_unit
    The right third of each page from the {machine} is much lighter than the rest.
    Developer is spread unevenly in the unit.
    Replaced the developer unit and checked the density over the whole width.
    Levelled the machine and stirred the developer; the density is even now.

    Banding in large solid areas | wr | printhead_wipers
    Solid areas from the {machine} show bands across the whole width.
    Wipers leave residue on the printhead.
    Replaced the printhead wipers, and the test chart is even.
    Ran the deep cleaning and an alignment, and the test chart is even.
    """,
    "error_codes": """
    Error E-3410: fuser temperature | cpr | fuser_thermistor
    The {machine} stops with E-3410 on its panel and asks to be switched off.
    Fuser is reported as too cold although it is warm: the thermistor drifts.
    Replaced the fuser thermistor, cleared E-3410 and ran 200 pages.
    Seated the fuser connector, cleared E-3410 and ran 200 pages.

    Error E-2207: laser unit not ready | cpr | laser_unit_cable
    The panel of the {machine} says E-2207 when it starts in the morning.
    Cable of the laser unit has a loose contact at the hinge.
    Replaced the laser unit cable and restarted five times without E-2207.
    Updated the firmware of the engine and restarted five times without E-2207.

    Error E-5120: waste container sensor | cp | waste_container_sensor
    The {machine} reports E-5120, a full waste container, with an empty one in place.
    Sensor of the waste container is covered with toner dust and does not switch.
    Replaced the waste container sensor and cleared E-5120.
    Cleaned the sensor window and cleared E-5120.

    Error E-6302: feeder cover open | cs | cover_switch
    The {machine} shows E-6302 although the feeder cover is closed.
    Switch under the feeder cover has broken off.
    Replaced the cover switch; E-6302 has not come back.
    Bent the actuator of the cover switch back; E-6302 has not come back.

    Error E-7045: carriage does not move | w | carriage_belt
    The {machine} gives E-7045 as soon as a plot starts.
    Carriage belt has jumped off its pulley and is frayed.
    Replaced the carriage belt, aligned the carriage and cleared E-7045.
    Removed a piece of media under the carriage and cleared E-7045.
    """,
    "hardware_failure": """
    Machine does not switch on | cprws | power_supply_board
    The {machine} is dead: no light, no sound, and other devices work at the same outlet.
    No voltage behind the power supply board.
    Replaced the power supply board and ran the self-test to its end.
    Found the tripped breaker inside and reset it, ran the self-test to its end.

    Grinding noise from the main drive | cpr | main_drive_gear
    The {machine} makes a loud grinding noise with every page.
    A gear of the main drive has lost two teeth.
    Replaced the main drive gear and greased the train.
    Removed a paper clip from the drive and greased the train.

    Touch panel does not react | cr | operation_panel
    Nobody can log in at the {machine}, since its panel does not react to touch.
    Panel shows the picture but sends no touch position.
    Replaced the operation panel and calibrated it.
    Calibrated the panel and renewed its cable connection.

    Scan lamp stays dark | cs | scan_lamp_unit
    Scans and copies from the glass of the {machine} are all black.
    Scan lamp gets its voltage but does not light.
    Replaced the scan lamp unit and adjusted the white level.
    Seated the lamp connector and adjusted the white level.

    Cutter does not cut | w | cutter_assembly
    Plots stay on the roll of the {machine}, since its cutter does not move.
    Blade carrier of the cutter is broken.
    Replaced the cutter assembly and cut five plots.
    Freed the cutter of a media strip and cut five plots.
    """,
}
