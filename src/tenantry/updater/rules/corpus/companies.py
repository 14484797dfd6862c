"""Parts of company names by industry, and the titles of people one speaks to there."""

from typing import Final

STEM_STARTS: Final = tuple(
    """
    Alder Amber Ash Birch Bram Brook Cedar Clear Copper Crest Dale Deep East Elm Fair Fern Fox
    Glen Gold Granite Hart Hazel Heron High Iron Juniper Kings Lark Laurel Lin Maple Marl Meadow
    Mill North Oak Opal Pine Quail Raven Red River Rock Rowan Silver Spring Stone Summer Thorn
    Timber Wald West White Willow Winter Wren
    """.split()  # noqa: SIM905 - one word a line would be pages
)
STEM_ENDS: Final = tuple(
    """
    bank bay bourne bridge brook bury cliff cove crest dale den fall field ford gate glen grove
    hall haven hill holm hurst lake land leigh mark mere mont moor point port ridge shore side
    stead ton vale view water way well wick wood worth
    """.split()  # noqa: SIM905 - as above
)

COMPANY_KINDS: Final[dict[str, tuple[str, ...]]] = {
    industry: tuple(kinds.split(", "))
    for industry, kinds in {
        "healthcare": (
            "Medical Group, Family Health, Dental Partners, Pediatrics, Orthopedics, Eye Clinic, "
            "Wellness Center, Urgent Care, Imaging Center, Physical Therapy, Cardiology, Hospice"
        ),
        "legal": (
            "Law Group, Legal, Attorneys, Law Offices, Counsel, Law Partners, Legal Advisors, "
            "Injury Law, Family Law, Estate Law, Title and Escrow, Mediation"
        ),
        "education": (
            "Academy, Day School, Preparatory, Charter School, Learning Center, College, "
            "Language Institute, Montessori, Technical Institute, School of Design, Tutoring"
        ),
        "manufacturing": (
            "Manufacturing, Fabrication, Tool and Die, Plastics, Components, Castings, Packaging, "
            "Precision Parts, Steelworks, Millwork, Controls, Coatings"
        ),
        "retail": (
            "Outfitters, Home Goods, Hardware, Market, Furniture, Books, Garden Center, Jewelers, "
            "Sporting Goods, Pet Supply, Kitchen Shop, Bicycles"
        ),
        "professional_services": (
            "Consulting, Advisors, Accounting, Associates, Engineering, Architects, Staffing, "
            "Tax Services, Design Studio, Surveying, Insurance Services, Marketing"
        ),
        "government": (
            "County Clerk, Water District, Public Library, Parks Department, Transit Authority, "
            "Housing Authority, Planning Office, Health District, Port Authority, Town Hall"
        ),
        "non_profit": (
            "Foundation, Food Bank, Community Fund, Shelter, Youth Alliance, Arts Council, "
            "Conservancy, Literacy Project, Relief Fund, Neighborhood Trust"
        ),
        "real_estate": (
            "Realty, Properties, Property Management, Land Company, Commercial Leasing, Homes, "
            "Title Agency, Development, Brokerage, Estates, Residential"
        ),
    }.items()
}

OTHER_KINDS: Final = ("Company", "Group", "Enterprises", "Services", "Partners", "Holdings")
"""For an industry that only a tenant's own configuration knows."""

JOB_TITLES: Final[dict[str, tuple[str, ...]]] = {
    industry: tuple(titles.split(", "))
    for industry, titles in {
        "healthcare": "Practice Manager, Clinic Administrator, Health Records Director, IT Manager",
        "legal": "Office Administrator, Managing Partner, Legal Operations Manager, IT Director",
        "education": "Business Manager, Technology Coordinator, Principal, Registrar",
        "manufacturing": "Plant Manager, Operations Director, Purchasing Manager, IT Manager",
        "retail": "Store Operations Manager, Owner, Purchasing Manager, Regional Manager",
        "professional_services": "Office Manager, Operations Manager, Managing Director, Partner",
        "government": "Procurement Officer, Department Administrator, IT Coordinator, Clerk",
        "non_profit": "Executive Director, Program Manager, Finance Manager, Office Manager",
        "real_estate": "Broker, Office Manager, Property Manager, Operations Coordinator",
    }.items()
}

OTHER_TITLES: Final = ("Office Manager", "Operations Manager", "IT Manager", "Purchasing Manager")

STREETS: Final = tuple(
    """
    Acorn Aspen Beacon Bell Bluff Bridge Canal Cannery Cardinal Center Chapel Chestnut Church
    Clifton Commerce Cooper Court Depot Division Dogwood Eagle Elmwood Exchange Factory Foundry
    Franklin Front Garden Grand Harbor Highland Hillcrest Industrial Jefferson Lakeview Liberty
    Lincoln Linden Locust Magnolia Main Market Mechanic Merchant Monroe Mulberry Orchard Park
    Pearl Pleasant Poplar Prospect Quarry Railroad Ridge Riverside School Spruce Station Sunset
    Sycamore Union Valley Vine Walnut Warren Washington Water Wharf Wilson
    """.split()  # noqa: SIM905 - as above
)
STREET_KINDS: Final = ("Street", "Avenue", "Road", "Boulevard", "Drive", "Lane", "Way")
SUITES: Final = ("Suite", "Unit", "Floor")
