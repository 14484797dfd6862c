"""Sizes of companies, and what goes with them: revenue and deals, in US dollars."""

from typing import Final

from tenantry.updater.rules.draw import Weights

SIZES: Final = Weights({"1-10": 2500, "11-50": 3000, "51-200": 2500, "201-500": 1500, "500+": 500})
"""How many people a company has."""

REVENUES: Final = {
    "1-10": (100_000, 1_000_000),
    "11-50": (500_000, 5_000_000),
    "51-200": (2_000_000, 20_000_000),
    "201-500": (10_000_000, 50_000_000),
    "500+": (25_000_000, 500_000_000),
}
"""What it makes a year, as far as the configuration allows it."""

DEALS: Final = {
    "1-10": (5_000, 25_000),
    "11-50": (15_000, 75_000),
    "51-200": (35_000, 150_000),
    "201-500": (75_000, 300_000),
    "500+": (150_000, 1_000_000),
}
"""What it may buy for."""

INDUSTRY_PERCENT: Final = {
    "healthcare": 130,
    "legal": 120,
    "education": 80,
    "manufacturing": 140,
    "retail": 110,
    "professional_services": 100,
    "government": 90,
    "non_profit": 70,
    "real_estate": 110,
}
"""What deals are in an industry, of 100 elsewhere."""
