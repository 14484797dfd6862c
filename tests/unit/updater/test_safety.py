"""Nothing in a row reaches anybody: whoever tries to hide an address is told."""

from typing import Any

import msgspec
import pytest

from tenantry.updater.model import Batch, Fault, TableName, Update
from tenantry.updater.rules.corpus import CORPUS_VERSION
from tenantry.updater.rules.safety import SAFETY_RULES, attest
from tests.support.coherent import simulated

TABLE: TableName = "business_record_activities"

BOLD = "\U0001d7d0\U0001d7cf\U0001d7d0"
"""212."""

HOSTILE_TEXTS = [
    # Telephone numbers
    ("Call 212-867-5309.", "unsafe-phone"),
    ("Call (212) 867-5309.", "unsafe-phone"),
    ("Call 212.867.5309.", "unsafe-phone"),
    ("Call 2128675309", "unsafe-phone"),
    ("Call12128675309", "unsafe-phone"),
    ("Call +1 212 867 5309.", "unsafe-phone"),
    ("Call 1-212-867-5309.", "unsafe-phone"),
    ("Call 867-5309.", "unsafe-phone"),
    ("tel:+442079460958", "unsafe-phone"),
    ("Call 212 - 867 - 5309", "unsafe-phone"),
    ("Call (212)867-5309", "unsafe-phone"),
    ("Call 212-555-0200.", "unsafe-phone"),
    ("Call 212-555-1212.", "unsafe-phone"),
    ("Call 800-555-0123, it is free.", "unsafe-phone"),
    ("Call \u0662\u0661\u0662-\u0668\u0666\u0667-\u0665\u0663\u0660\u0669.", "unsafe-phone"),
    ("Call \uff12\uff11\uff12-\uff18\uff16\uff17-\uff15\uff13\uff10\uff19.", "unsafe-phone"),
    (
        (f"Call {BOLD}-867-5309.", "unsafe-phone"),
        "unsafe-phone",
    ),
    # Domains
    ("See https://shop.com/x.", "unsafe-domain"),
    ("See HTTPS://SHOP.COM", "unsafe-domain"),
    ("See shop.com.", "unsafe-domain"),
    ("See www.shop.de", "unsafe-domain"),
    ("See https://shop.example.com", "unsafe-domain"),
    ("See https://shop.example.com:8443/a?b=.example", "unsafe-domain"),
    ("See https://shop.com:443/.example", "unsafe-domain"),
    ("See https://a.example:80@shop.com/", "unsafe-domain"),
    ("See https://intranet/wiki", "unsafe-domain"),
    ("See http://localhost:8080/", "unsafe-domain"),
    ("See ftp://files.shop.com", "unsafe-domain"),
    ("See https://shop.\u0435\u0445ample", "unsafe-domain"),
    ("See shop.ex\u0430mple for more.", "unsafe-domain"),
    ("See shop\u3002com for more.", "unsafe-domain"),
    ("See shop\uff0ecom for more.", "unsafe-domain"),
    ("See shop.example.shop.com", "unsafe-domain"),
    ("See notexample", None),
    ("See https://notexample/", "unsafe-domain"),
    ("See https://example/", "unsafe-domain"),
    ("See xn--shop-5qa.com", "unsafe-domain"),
    ("See manual.pdf", "unsafe-domain"),
    # E-mail
    ("Write to jo@shop.com!", "unsafe-email"),
    ("Write to JO@SHOP.COM", "unsafe-email"),
    ("Write to name@host and ask", "unsafe-email"),
    ("Write to <jo@shop.com>", "unsafe-email"),
    ("mailto:jo@shop.com?subject=x", "unsafe-email"),
    ("Write to jo@a.example@shop.com", "unsafe-email"),
    ("Write to jo@shop.ex\u0430mple", "unsafe-email"),
    ("Write to jo\uff20shop.com", "unsafe-email"),
    ("Follow @somebody", "unsafe-email"),
    ("Write to jo@[203.0.113.9]", None),
    ("Write to jo@[8.8.8.8]", "unsafe-email"),
    # IP addresses
    ("Ping 8.8.8.8 again", "unsafe-ip"),
    ("Ping 192.168.1.10.", "unsafe-ip"),
    ("Ping 10.0.0.1:9100", "unsafe-ip"),
    ("Ping 999.1.1.1", "unsafe-ip"),
    ("Ping 2001:4860:4860::8888", "unsafe-ip"),
    ("Ping ::1", "unsafe-ip"),
    ("Ping fe80::1", "unsafe-ip"),
    ("Open http://8.8.8.8/", "unsafe-domain"),
    # What one does not see
    ("shop\u200b.example", "unsafe-text"),
    ("a\u202eb", "unsafe-text"),
    ("a\x00b", "unsafe-text"),
    ("a\x1b[31mb", "unsafe-text"),
    ("a\ufeffb", "unsafe-text"),
    ("a\u00adb", "unsafe-text"),
]

HARMLESS_TEXTS = [
    "Sheets of the Ostrel MX 410 (OM41-65000012) stop halfway.",
    "Error E-3410: fuser temperature, e.g. at 09:30:15 a.m.; version 3.2.",
    "Visit planned for 2026-11-26 10:15, ticket ST-1000, 3 of 4 quarters.",
    "Call (212) 555-0147 or 212-555-0199, or write to jo.doe@shop.example.",
    "See https://www.shop.example:8443/a/b and HTTP://SHOP.EXAMPLE.",
    "Device has 192.0.2.10 now; the gateway is 198.51.100.1, and 2001:db8::7 works.",
    "Z\u00fcrich, S\u00e3o Paulo and \u6771\u4eac are cities \u2014 \u201cindeed\u201d.",
    "4200 Market Street, Suite 12, St. Louis, MO 63101",
    "Line one\nline two\tand three",
    "$1,234,567.89 for 10,000 pages at 0.012 each",
]


def found_in(text: str) -> list[Fault]:
    _, faults = attest(Batch([Update(TABLE, "x", {"description": text})]))
    return faults


@pytest.mark.parametrize("text, code", HOSTILE_TEXTS)
def test_an_address_in_a_text_is_found(text: str, code: str | None) -> None:
    codes = {fault.code for fault in found_in(text)}

    assert code in codes if code else not codes


@pytest.mark.parametrize("text", HARMLESS_TEXTS)
def test_harmless_texts_are_let_through(text: str) -> None:
    assert found_in(text) == []


@pytest.mark.parametrize("text", ["Call 212-867-5309.", "shop.com"])
def test_what_was_found_once_is_found_again(text: str) -> None:
    assert found_in(text) == found_in(text) != []


@pytest.mark.parametrize(
    "phone",
    [
        "(212) 867-5309",
        "212-555-0147",
        "(212) 555-0147 x1",
        "(212) 555-01477",
        "(800) 555-0147",
        "(\u0662\u0661\u0662) \u0665\u0665\u0665-\u0660\u0661\u0664\u0667",
        "(212) 555-01\uff147",
        "(112) 555-0147",
        " (212) 555-0147",
        "(212) 555-0147\n",
        "",
    ],
)
def test_a_telephone_number_is_555_01nn(phone: str) -> None:
    _, faults = attest(Batch([Update("customers", "x", {"phone": phone})]))

    assert [fault.code for fault in faults] == ["unsafe-phone"]


@pytest.mark.parametrize(
    "email",
    [
        "jo@shop.com",
        "jo@example",
        "jo@shop.example.com",
        "jo@shop.example, jo@shop.com",
        "jo@shop.ex\u0430mple",
        "jo@shop.example\n",
        "jo@@shop.example",
        "jo",
        "jo@\u017fhop.example",
    ],
)
def test_an_e_mail_address_is_under_example(email: str) -> None:
    _, faults = attest(Batch([Update("customers", "x", {"email": email})]))

    assert [fault.code for fault in faults] == ["unsafe-email"]


@pytest.mark.parametrize(
    "website",
    [
        "https://shop.com",
        "https://shop.example.com",
        "https://shop.example@shop.com",
        "https://shop.com/.example",
        "javascript://shop.example",
        "shop.example",
        "https://shop.example:443@shop.com/",
    ],
)
def test_a_website_is_under_example(website: str) -> None:
    _, faults = attest(Batch([Update("business_records", "x", {"website": website})]))

    assert [fault.code for fault in faults] == ["unsafe-domain"]


def test_addresses_that_reach_nobody_may_be_written_in_any_case() -> None:
    values = {"phone": "(212) 555-0199", "email": "Jo.Doe@Shop.EXAMPLE"}

    _, faults = attest(Batch([Update("customers", "x", values)]))

    assert faults == []


def test_lists_are_searched_too() -> None:
    _, faults = attest(Batch([Update("technicians", "x", {"skills": ("a", "see shop.com")})]))

    assert [fault.code for fault in faults] == ["unsafe-domain"]


@pytest.mark.parametrize(
    "value",
    [["see shop.com"], {"see": "shop.com"}, (["see shop.com"],), {"see shop.com"}, b"shop.com"],
    ids=repr,
)
def test_what_is_not_of_the_type_of_its_column_is_searched_too(value: object) -> None:
    _, faults = attest(Batch([Update(TABLE, "x", {"description": value})]))
    row = msgspec.structs.replace(simulated(120).rows(TABLE)[0], description=value)
    _, of_row = attest(Batch([row]))

    assert [fault.code for fault in faults] == ["unsafe-domain"]
    assert [fault.code for fault in of_row] == ["unsafe-domain"]


def test_clean_values_of_any_type_are_let_through() -> None:
    values: dict[str, Any] = {
        "a": ["x"],
        "b": (["x"],),
        "c": {},
        "d": (),
        "e": ("x",),
        "f": "",
        "g": None,
    }

    for _ in range(2):
        assert attest(Batch([Update(TABLE, "x", values)]))[1] == []


@pytest.mark.parametrize("value", [None, 5, ["(212) 555-0147"]], ids=repr)
def test_an_address_that_is_no_text_is_none(value: object) -> None:
    _, faults = attest(Batch([Update("customers", "x", {"phone": value})]))

    assert [fault.code for fault in faults] == ["unsafe-phone"]


def test_a_fault_names_row_column_and_value() -> None:
    (fault,) = found_in("Call 212-867-5309.")

    assert fault == Fault(
        code="unsafe-phone",
        table=TABLE,
        row_id="x",
        message="description: '212-867-5309' is not a number of 555-01NN",
        details={"column": "description", "value": "212-867-5309"},
    )
    assert fault.code in SAFETY_RULES


def test_rows_that_were_simulated_are_attested() -> None:
    simulation = simulated(120)
    rows = simulation.all_rows()
    leads, customers = simulation.rows("business_records"), simulation.rows("customers")
    technicians, tickets = simulation.rows("technicians"), simulation.rows("service_tickets")

    attestation, faults = attest(Batch(rows))

    assert faults == []
    assert attestation.corpus_version == CORPUS_VERSION
    assert attestation.rows == len(rows)
    assert attestation.emails == len(leads) + len(customers) + len(technicians)
    assert attestation.phones == attestation.emails + len(tickets)
    assert attestation.domains == len(leads)
    assert attestation.ips == 0
    assert attestation.texts > 4 * len(rows)
