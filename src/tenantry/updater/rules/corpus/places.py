"""Cities of the United States with postal codes and telephone area codes of theirs."""

from typing import Final

import msgspec


class Place(msgspec.Struct, frozen=True):
    """A city, its state, and postal codes and area codes that are its own."""

    city: str
    state: str
    postal_codes: tuple[str, ...]
    area_codes: tuple[str, ...]


_TEXT: Final = """
Albany, NY: 12203 12207 12210: 518
Albuquerque, NM: 87102 87106 87110: 505
Atlanta, GA: 30303 30308 30309: 404 470
Austin, TX: 78701 78704 78757: 512
Baltimore, MD: 21201 21202 21218: 410 443
Baton Rouge, LA: 70801 70808: 225
Billings, MT: 59101 59102: 406
Birmingham, AL: 35203 35205: 205
Boise, ID: 83702 83706: 208
Boston, MA: 02108 02110 02116: 617
Buffalo, NY: 14201 14202 14209: 716
Burlington, VT: 05401: 802
Charleston, SC: 29401 29403: 843
Charlotte, NC: 28202 28203 28209: 704 980
Chicago, IL: 60601 60606 60614 60654: 312 773
Cincinnati, OH: 45202 45206: 513
Cleveland, OH: 44113 44114 44115: 216
Colorado Springs, CO: 80903 80907: 719
Columbia, SC: 29201 29204: 803
Columbus, OH: 43201 43215: 614
Dallas, TX: 75201 75204 75219: 214 972
Denver, CO: 80202 80203 80205: 303 720
Des Moines, IA: 50309 50312: 515
Detroit, MI: 48201 48226: 313
El Paso, TX: 79901 79902: 915
Eugene, OR: 97401 97405: 541
Fort Wayne, IN: 46802 46805: 260
Fort Worth, TX: 76102 76107: 817
Fresno, CA: 93704 93721: 559
Grand Rapids, MI: 49503 49504: 616
Greensboro, NC: 27401 27403: 336
Harrisburg, PA: 17101 17110: 717
Hartford, CT: 06103 06105: 860
Houston, TX: 77002 77004 77019: 713 832
Indianapolis, IN: 46202 46204: 317
Jacksonville, FL: 32202 32204: 904
Jersey City, NJ: 07302 07306: 201
Kansas City, MO: 64105 64106 64111: 816
Knoxville, TN: 37902 37919: 865
Las Vegas, NV: 89101 89102: 702
Lexington, KY: 40507 40508: 859
Little Rock, AR: 72201 72205: 501
Los Angeles, CA: 90012 90015 90017: 213 323
Louisville, KY: 40202 40204: 502
Madison, WI: 53703 53711: 608
Manchester, NH: 03101 03104: 603
Memphis, TN: 38103 38104: 901
Miami, FL: 33130 33131 33137: 305 786
Milwaukee, WI: 53202 53203: 414
Minneapolis, MN: 55401 55402 55403: 612
Nashville, TN: 37203 37206 37219: 615
New Orleans, LA: 70112 70130: 504
New York, NY: 10001 10011 10016 10022: 212 646
Newark, NJ: 07102 07103 07105: 973
Norfolk, VA: 23510 23517: 757
Oakland, CA: 94607 94612: 510
Oklahoma City, OK: 73102 73103: 405
Omaha, NE: 68102 68114: 402
Orlando, FL: 32801 32803: 407
Philadelphia, PA: 19103 19106 19107: 215 267
Phoenix, AZ: 85003 85004 85016: 602
Pittsburgh, PA: 15213 15219 15222: 412
Portland, ME: 04101 04102: 207
Portland, OR: 97201 97204 97205: 503
Providence, RI: 02903 02906: 401
Raleigh, NC: 27601 27603 27609: 919
Reno, NV: 89501 89502: 775
Richmond, VA: 23219 23220 23230: 804
Rochester, NY: 14604 14607 14614: 585
Sacramento, CA: 95814 95816: 916
Saint Paul, MN: 55101 55102: 651
Salt Lake City, UT: 84101 84102 84111: 801
San Antonio, TX: 78205 78212: 210
San Diego, CA: 92101 92103: 619
San Francisco, CA: 94103 94105 94111: 415
San Jose, CA: 95110 95113: 408
Savannah, GA: 31401 31405: 912
Seattle, WA: 98101 98104 98109: 206
Spokane, WA: 99201 99204: 509
Springfield, IL: 62701 62703: 217
Springfield, MA: 01103 01105: 413
St. Louis, MO: 63101 63103 63108: 314
Stamford, CT: 06901 06902: 203
Syracuse, NY: 13202 13210: 315
Tacoma, WA: 98402 98403: 253
Tampa, FL: 33602 33606: 813
Trenton, NJ: 08608 08611: 609
Tucson, AZ: 85701 85719: 520
Tulsa, OK: 74103 74104: 918
Washington, DC: 20001 20005 20036: 202
Wichita, KS: 67202 67203: 316
Worcester, MA: 01604 01608: 508
"""


def _read(line: str) -> Place:
    place, postal_codes, area_codes = line.split(": ")
    city, state = place.split(", ")
    return Place(city, state, tuple(postal_codes.split()), tuple(area_codes.split()))


PLACES: Final[tuple[Place, ...]] = tuple(_read(line) for line in _TEXT.strip().splitlines())
