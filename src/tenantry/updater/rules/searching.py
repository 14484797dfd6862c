"""What looks like an address in a text: e-mail, telephone, domain, IP; and which reach somebody."""

import re
import unicodedata
from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final, TypeAlias

import msgspec

from tenantry.updater.model import SafetyKind

_Network: TypeAlias = IPv4Network | IPv6Network


class Seen(msgspec.Struct, frozen=True):
    """Something in a text that looks like an address, and whether it is one that reaches nobody."""

    kind: SafetyKind
    value: str
    is_safe: bool


# RFC 5737 and RFC 3849.
_DOCUMENTATION: Final[tuple[_Network, ...]] = tuple(
    ip_network(text)
    for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
)
# Every text with something in it has @, +, ://, :: or one of these in it. Each digit stands by
# itself, for then the search passes over other characters much faster.
_DOT: Final = re.compile(r"\.\w")
_COLON: Final = re.compile(r":[0-9a-fA-F]{1,4}:")
_DIGITS: Final = re.compile(r"[0-9][0-9][0-9](?:[^0-9A-Za-z]{1,3}[0-9]{4}|[0-9]{7})")
_UUID: Final = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
_GAP: Final = r"[\s().\-/]{0,3}"
_PHONE: Final = re.compile(
    rf"(?<!\d)(?:\+\d[\d\s().\-/]{{6,18}}\d|(?:1{_GAP})?\(?\d{{3}}{_GAP}\d{{3}}{_GAP}\d{{4}}"
    r"|(?<![\w-])\d{3}[-. ]\d{4})(?!\d)"
)
_SAFE_PHONE: Final = re.compile(r"(?:1?[2-79]\d\d|1?8[1-9]\d)?55501\d\d")
_TOLL_FREE: Final = re.compile(r"1?8(?:00|33|44|55|66|77|88)\d{7}")
_HOST: Final = re.compile(r"(?P<mark>://|(?<![\w.+'-])[\w.+'-]*+@)(?P<host>[^\s/?#,;<>\"'()]+)")
_DOMAIN: Final = re.compile(r"(?<![\w.-])(?:[\w-]+\.)+[^\W\d_][\w-]+")
_QUAD: Final = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?!\.?\d)")
_COLONS: Final = re.compile(
    r"(?<![\w:])[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?![\w:])", re.IGNORECASE
)
_SAFE_HOST: Final = re.compile(r"(?:[a-z0-9-]{1,63}\.)+example", re.ASCII | re.IGNORECASE)
_PORT: Final = re.compile(r":\d*$")
# Full stops that domain names may have instead (IDNA, RFC 3490 §3.1).
_STOPS: Final = str.maketrans("\u3002\uff0e\uff61", "...")


def search(text: str) -> tuple[Seen, ...]:
    """Return what looks like an address in a text, and characters that one does not see."""
    hidden = tuple[Seen, ...]()
    if not (text.isascii() and text.isprintable()):
        hidden = tuple(_hidden(text))
        text = _plain(text)
    if not (
        "@" in text
        or "+" in text
        or "://" in text
        or "::" in text
        or _DOT.search(text)
        or _COLON.search(text)
        or _DIGITS.search(text)
    ):
        return hidden
    text = _UUID.sub("", text)
    return (*hidden, *_hosts(text), *_ips(text), *_phones(text))


def _hidden(text: str) -> Iterator[Seen]:
    for character in text:
        # Of Unicode's category "other", only lines end as they do in any text.
        if unicodedata.category(character)[0] == "C" and character not in "\n\t":
            yield Seen("text", f"U+{ord(character):04X}", is_safe=False)


def _plain(text: str) -> str:
    """Return a text with the characters that mean the same to whoever calls or visits."""
    text = unicodedata.normalize("NFKC", text.translate(_STOPS))
    return "".join(
        str(unicodedata.digit(character, character))
        for character in text
        if unicodedata.category(character) != "Cf"
    )


def _hosts(text: str) -> Iterator[Seen]:
    """Yield what is written to or visited: what follows :// or @, and domains anywhere."""
    rest = list[str]()
    start = 0
    for found in _HOST.finditer(text):
        rest.append(text[start : found.start()])
        start = found.end()
        yield _host(found)
    rest.append(text[start:])
    for part in rest:
        for domain in _DOMAIN.finditer(part):
            yield Seen("domain", domain[0], _SAFE_HOST.fullmatch(domain[0]) is not None)


def _host(found: re.Match[str]) -> Seen:
    is_email = found["mark"].endswith("@")
    host = found["host"].rpartition("@")[2]
    host = _PORT.sub("", host.rstrip(".:!")).rstrip(".")
    if _is_documentation(host.strip("[]")):
        return Seen("ip", host, is_safe=True)
    return Seen("email" if is_email else "domain", host, _SAFE_HOST.fullmatch(host) is not None)


def _ips(text: str) -> Iterator[Seen]:
    for pattern in (_QUAD, _COLONS):
        for found in pattern.finditer(text):
            if _is_ip(found[0]):
                yield Seen("ip", found[0], _is_documentation(found[0]))


def _phones(text: str) -> Iterator[Seen]:
    for found in _PHONE.finditer(_QUAD.sub(" ", text)):
        digits = "".join(character for character in found[0] if character.isdigit())
        is_safe = _SAFE_PHONE.fullmatch(digits) is not None and not _TOLL_FREE.fullmatch(digits)
        yield Seen("phone", found[0].strip(), is_safe)


def _is_ip(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        # What looks like an address of version 4 is told, though it be out of range.
        return "." in text
    return True


def _is_documentation(text: str) -> bool:
    try:
        address = ip_address(text)
    except ValueError:
        return False
    return any(address in network for network in _DOCUMENTATION)
