"""Customers, technicians and machines."""

import re
from typing import Final

from tenantry.updater.model import BusinessRecord, Customer, Equipment, Technician
from tenantry.updater.rules.coherence.ages import check_age
from tenantry.updater.rules.coherence.finding import Findings
from tenantry.updater.rules.coherence.identities import (
    check_customer_email,
    check_place,
    check_technician_email,
)
from tenantry.updater.rules.corpus.machines import MODELS

_NUMBER: Final = re.compile(r"cust-[1-9][0-9]*")
_MODELS: Final = {
    model.name: (model.kind, model.prefix) for models in MODELS.values() for model in models
}


def check_customer(row: Customer, until: int, findings: Findings) -> None:
    """Find what does not go together in a customer."""
    check_place(row, row.phone, findings)
    check_customer_email(row, findings)
    if _NUMBER.fullmatch(row.id) is None:
        findings.add("customer-number", row, f"{row.id} is no customer's number")
    check_age(row, until, findings)


def check_record_of(row: Customer, record: BusinessRecord, findings: Findings) -> None:
    """Find a customer who is not the one that the record has become."""
    if record.customer_number != row.id or record.company_name != row.name:
        findings.add(
            "customer-record",
            row,
            f"{row.name} is not {record.company_name}, {record.customer_number}",
            business_record_id=record.id,
            customer_number=record.customer_number,
            company_name=record.company_name,
            name=row.name,
        )


def check_technician(row: Technician, until: int, findings: Findings) -> None:
    """Find what does not go together in a technician."""
    check_technician_email(row, findings)
    if not row.skills or row.capacity < 1:
        findings.add(
            "technician-skills",
            row,
            f"{row.name} has {len(row.skills)} skills and a capacity of {row.capacity}",
            skills=row.skills,
            capacity=row.capacity,
        )
    check_age(row, until, findings)


def check_machine(row: Equipment, until: int, findings: Findings) -> None:
    """Find what does not go together in a machine."""
    known = _MODELS.get(row.model)
    if known is None or known[0] != row.kind or not row.serial_number.startswith(known[1]):
        findings.add(
            "equipment-model",
            row,
            f"{row.serial_number} is no serial number of a {row.kind} {row.model}",
            model=row.model,
            kind=row.kind,
            serial_number=row.serial_number,
        )
    if row.installed_at > row.created_at:
        findings.add(
            "installed-later",
            row,
            f"it was installed {row.installed_at} and known {row.created_at}",
            installed_at=row.installed_at,
            created_at=row.created_at,
        )
    check_age(row, until, findings)
