"""Who somebody is and where: the parts of addresses belong together."""

from typing import Final, TypeAlias

from tenantry.updater.model import BusinessRecord, Customer, Technician
from tenantry.updater.rules.coherence.finding import Findings
from tenantry.updater.rules.corpus.places import PLACES
from tenantry.updater.rules.identity import domain

_Located: TypeAlias = BusinessRecord | Customer

_AREA_CODES: Final[dict[tuple[str, str, str], frozenset[str]]] = {
    (place.city, place.state, postal_code): frozenset(place.area_codes)
    for place in PLACES
    for postal_code in place.postal_codes
}


def check_place(row: _Located, phone: str, findings: Findings) -> None:
    """Find an address whose parts are of several places, and a telephone that is of another."""
    area_codes = _AREA_CODES.get((row.city, row.state, row.postal_code))
    if area_codes is None:
        findings.add(
            "place",
            row,
            f"{row.city}, {row.state} {row.postal_code} is no place",
            city=row.city,
            state=row.state,
            postal_code=row.postal_code,
        )
    elif phone[1:4] not in area_codes:
        findings.add(
            "area-code",
            row,
            f"{phone} is not in {row.city}, {row.state}",
            phone=phone,
            area_codes=sorted(area_codes),
        )


def check_contact(row: BusinessRecord, findings: Findings) -> None:
    """Find an address that is not of the contact at the company, and a site that is another's."""
    host = domain(row.company_name)
    wanted = f"{_local_part(row.primary_contact_name)}@{host}"
    if row.primary_contact_email != wanted:
        _not_theirs(row, row.primary_contact_email, wanted, findings)
    if not row.website.endswith(("//www." + host, "//" + host)):
        findings.add(
            "website-company",
            row,
            f"{row.website} is not the site of {row.company_name}",
            website=row.website,
            domain=host,
        )


def check_customer_email(row: Customer, findings: Findings) -> None:
    """Find an address that is not at the customer's own domain."""
    wanted = domain(row.name)
    if row.email.rpartition("@")[2] != wanted:
        _not_theirs(row, row.email, f"…@{wanted}", findings)


def check_technician_email(row: Technician, findings: Findings) -> None:
    """Find an address that is not of the technician's name."""
    wanted = _local_part(row.name)
    if row.email.partition("@")[0] != wanted:
        _not_theirs(row, row.email, f"{wanted}@…", findings)


def _local_part(name: str) -> str:
    return name.lower().replace(" ", ".")


def _not_theirs(
    row: BusinessRecord | Customer | Technician, got: str, wants: str, findings: Findings
) -> None:
    findings.add("email-person", row, f"{got} is not {wants}", email=got, wants=wants)
