"""What people ask for: networks, software, and to be shown how.

The lines are those of `faults`.
"""

from typing import Final

TEXTS: Final[dict[str, str]] = {
    "network_connectivity": """
    Device offline for everybody | cprws | network_cable
    Nobody can reach the {machine} over the network since this morning.
    No link at the wall outlet with the old patch cable.
    Replaced the network cable; the device is reachable from three desks.
    Gave the device its fixed address back; it is reachable from three desks.

    Scan to folder fails | cs |
    Scans from the {machine} do not arrive in the shared folder any more.
    The share refuses the old account of the device.
    Set up the new account for scan to folder and sent two test scans.
    Entered the new path of the share and sent two test scans.

    Scan to e-mail refused | cs |
    The {machine} says that the mail server refuses its messages.
    Mail server asks for encryption that was switched off.
    Switched encryption on in the mail settings and sent two test scans.
    Entered the new mail server and sent two test scans.

    Wireless connection drops | cp | wireless_module
    The {machine} loses its wireless connection several times a day.
    Signal is strong, but the module resets itself.
    Replaced the wireless module and watched the connection for half an hour.
    Moved the device to the less crowded band and watched the connection for half an hour.

    Print jobs arrive very late | prw |
    Jobs sent to the {machine} start five minutes later.
    Name lookup of the device runs into a timeout.
    Set the correct name server, and jobs start at once.
    Removed a stale queue from the print server, and jobs start at once.
    """,
    "software_issue": """
    Driver missing after an update | cpw |
    Since the last update of the computers the {machine} is not in the list of printers.
    Update has removed the driver package.
    Rolled the current driver package out again and printed from two computers.
    Added the printer queue again by hand and printed from two computers.

    Jobs print with wrong paper size | cprw |
    Letter jobs come out of the {machine} as if they were legal.
    Default paper size of the queue was changed.
    Set the default paper size of the queue to letter and locked it.
    Showed the customer the paper size setting and set it to letter.

    Held jobs cannot be released | cr |
    Jobs that are held for release at the {machine} are not shown after logging in.
    Release service lost its license file after a restart.
    Installed the license file and restarted the release service.
    Restarted the release service, and held jobs are shown.

    Scanning program closes by itself | cs |
    The scanning program for the {machine} closes when a profile is chosen.
    Profiles of the old version cannot be read by the new one.
    Converted the profiles and scanned with each of them.
    Installed the correction for the scanning program and scanned with each profile.
    """,
    "user_training": """
    Introduction for new colleagues | cprws |
    Three new colleagues are to be shown how the {machine} is used.
    The group needs copying, scanning and the secure print queue.
    Showed the group copying, scanning and secure print, and left the short guide.
    Showed the group the daily tasks and agreed on who answers questions from now on.

    Finishing options explained | cr |
    The office wants to staple and fold booklets on the {machine} and does not know how.
    Booklet settings are there, but nobody had been shown them.
    Showed how booklets are made and saved two presets.
    Showed how booklets are made with the customer's own documents.

    Scanning workflow training | cs |
    The records team wants to be trained to scan in batches on the {machine}.
    Team scans page by page and names files by hand.
    Trained the team to scan in batches with separator sheets.
    Set up file naming and trained the team to scan in batches.

    Plotting to scale | w |
    The planning team needs to know how plans are printed to scale on the {machine}.
    Plans are scaled to the paper by the default setting.
    Showed how plans are printed to scale and saved a preset.
    Showed how plans are printed to scale with two of the team's own plans.

    Toner and paper handling for key users | p |
    Two key users want to learn how toner and paper are changed on the {machine}.
    Key users have not been shown the cartridge lock so far.
    Trained the key users and let both change a cartridge.
    Trained the key users and left the handling card at the device.
    """,
}
