"""Safety: nothing in a row is, or reaches, anybody real; attested of every run before it commits.

Telephone numbers are 555-01NN, which the North American plan keeps for fiction, domains are under
.example (RFC 2606), IP addresses are those of documentation (RFC 5737, RFC 3849). That holds in
the columns made for them, and wherever a text has something that looks like one.
"""

import re
from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any, Final, TypeAlias

import msgspec

from tenantry.updater.model import (
    ROW_TYPES,
    Attestation,
    Batch,
    Fault,
    Row,
    Rule,
    SafetyKind,
    TableName,
    Update,
)
from tenantry.updater.rules.corpus import CORPUS_VERSION
from tenantry.updater.rules.searching import search

SAFETY_RULES: Final[Mapping[str, Rule]] = {
    "unsafe-email": Rule("every table", "an e-mail address is not under .example"),
    "unsafe-phone": Rule("every table", "a telephone number is not 555-01NN"),
    "unsafe-domain": Rule("every table", "a website or another domain is not under .example"),
    "unsafe-ip": Rule("every table", "an IP address is none of documentation"),
    "unsafe-text": Rule("every table", "a text has characters that one does not see"),
}
"""Every rule of safety, by its code."""

_PLAIN: Final = re.ASCII | re.IGNORECASE
_EMAIL: Final = re.compile(r"[a-z0-9._+'-]{1,64}@([a-z0-9-]{1,63}\.){1,8}example", _PLAIN)
_PHONE: Final = re.compile(r"\([2-9]\d\d\) 555-01\d\d", re.ASCII)
_WEBSITE: Final = re.compile(
    r"https?://([a-z0-9-]{1,63}\.){1,8}example(:\d{1,5})?(/[\w./-]*)?", _PLAIN
)
_COLUMNS: Final[Mapping[str, tuple[SafetyKind, re.Pattern[str]]]] = {
    "primary_contact_email": ("email", _EMAIL),
    "email": ("email", _EMAIL),
    "primary_contact_phone": ("phone", _PHONE),
    "customer_phone": ("phone", _PHONE),
    "phone": ("phone", _PHONE),
    "website": ("domain", _WEBSITE),
}
# 555-01NN is fiction in every area, but not among the toll-free numbers.
_TOLL_FREE: Final = frozenset({"(800", "(833", "(844", "(855", "(866", "(877", "(888"})
_WORDS: Final[Mapping[SafetyKind, str]] = {
    "email": "is not an address under .example",
    "phone": "is not a number of 555-01NN",
    "domain": "is not under .example",
    "ip": "is not an address of documentation",
    "text": "has characters that one does not see",
}

_Counts: TypeAlias = dict[SafetyKind, int]
_Where: TypeAlias = tuple[TableName, str, str]
_WORDLESS: Final[frozenset[type]] = frozenset({int, float, bool, type(None)})


class _Columns(msgspec.Struct, frozen=True):
    """What a table has to look at: columns of addresses, and those that may have words in them."""

    addresses: tuple[str, ...]
    texts: tuple[str, ...]
    texts_of: Callable[[Row], tuple[Any, ...]]


def _columns(row: type[Row]) -> _Columns:
    addresses = tuple(column for column in row.__struct_fields__ if column in _COLUMNS)
    texts = tuple(
        field.name
        for field in msgspec.structs.fields(row)
        if field.name not in addresses and not _is_id(field.name) and field.type not in _NO_TEXTS
    )
    return _Columns(addresses, texts, attrgetter(*texts))


def _is_id(column: str) -> bool:
    return column == "id" or column.endswith("_id")


_NO_TEXTS: Final = (int, int | None, bool, float | None)
_OF_TABLE: Final[Mapping[TableName, _Columns]] = {
    table: _columns(row) for table, row in ROW_TYPES.items()
}
# Texts in which nothing was found, and None. Most of what rows say has been said before.
_CLEAN: Final[set[Any]] = {None}
_MOST_CLEAN: Final = 1 << 14


def attest(batch: Batch) -> tuple[Attestation, list[Fault]]:
    """Return what was looked at in a batch, and what may not be in it.

    A run whose batch has a fault must not commit, and its attestation attests nothing.
    """
    counts = _no_counts()
    faults = list[Fault]()
    for change in batch.changes:
        if isinstance(change, Update):
            _check_update(change, counts, faults)
        else:
            _check_row(change, counts, faults)
    return (
        Attestation(
            corpus_version=CORPUS_VERSION,
            rows=len(batch.changes),
            emails=counts["email"],
            phones=counts["phone"],
            domains=counts["domain"],
            ips=counts["ip"],
            texts=counts["text"],
        ),
        faults,
    )


def check_safety(row: Row) -> list[Fault]:
    """Return what may not be in a row."""
    faults = list[Fault]()
    _check_row(row, _no_counts(), faults)
    return faults


def _no_counts() -> _Counts:
    return {"email": 0, "phone": 0, "domain": 0, "ip": 0, "text": 0}


def _check_row(row: Row, counts: _Counts, faults: list[Fault]) -> None:
    columns = _OF_TABLE[row.table]
    for column in columns.addresses:
        faults += _check_address(getattr(row, column), counts, (row.table, row.id, column))
    values = columns.texts_of(row)
    counts["text"] += len(values) - values.count(None)
    if _are_clean(values):
        return
    for place, value in enumerate(values):
        if not _are_clean((value,)):
            faults += _check_text(value, counts, (row.table, row.id, columns.texts[place]))


def _check_update(update: Update, counts: _Counts, faults: list[Fault]) -> None:
    for column, value in update.values.items():
        if column in _COLUMNS:
            faults += _check_address(value, counts, (update.table, update.row_id, column))
        elif value.__class__ not in _WORDLESS:
            counts["text"] += 1
            if not _are_clean((value,)):
                faults += _check_text(value, counts, (update.table, update.row_id, column))


def _check_address(value: Any, counts: _Counts, where: _Where) -> list[Fault]:
    kind, pattern = _COLUMNS[where[2]]
    counts[kind] += 1
    return [] if _is_safe(value, pattern) else [_fault(kind, where, value)]


def _is_safe(value: Any, pattern: re.Pattern[str]) -> bool:
    return (
        isinstance(value, str)
        and pattern.fullmatch(value) is not None
        and value[:4] not in _TOLL_FREE
    )


def _are_clean(values: tuple[Any, ...]) -> bool:
    """Whether nothing was found in the same values before."""
    try:
        return _CLEAN.issuperset(values)
    except TypeError:
        # Lists are not of the type of any column, and yet searched.
        return False


def _check_text(value: Any, counts: _Counts, where: _Where) -> list[Fault]:
    """Search a text, or several; one in which there is nothing is not searched again."""
    faults = list[Fault]()
    is_clean = True
    texts = _texts_of(value)
    for text in texts:
        for seen in search(text):
            is_clean = False
            if seen.kind != "text":
                counts[seen.kind] += 1
            if not seen.is_safe:
                faults.append(_fault(seen.kind, where, seen.value))
    if is_clean and (value.__class__ is str or texts is value):
        if len(_CLEAN) >= _MOST_CLEAN:
            _CLEAN.clear()
            _CLEAN.add(None)
        _CLEAN.add(value)
    return faults


def _texts_of(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    if isinstance(value, tuple) and all(isinstance(text, str) for text in value):
        return value
    # Whatever else somebody has put there is searched as it is written.
    return (repr(value),)


def _fault(kind: SafetyKind, where: _Where, value: Any) -> Fault:
    table, row_id, column = where
    return Fault(
        code=f"unsafe-{kind}",
        table=table,
        row_id=row_id,
        message=f"{column}: {value!r} {_WORDS[kind]}",
        details={"column": column, "value": value},
    )
