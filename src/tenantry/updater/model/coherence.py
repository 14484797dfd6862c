"""What is found wrong with rows, and what is attested of them."""

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import msgspec

from tenantry.updater.model.rows import TableName

SafetyKind: TypeAlias = Literal["email", "phone", "domain", "ip", "text"]


class Rule(msgspec.Struct, frozen=True):
    """What a code means: what is not as it should be."""

    table: str
    what: str


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """A row that breaks a rule; the code names the rule, the details what does not agree."""

    code: str
    table: TableName
    row_id: str
    message: str
    details: Mapping[str, Any] = {}


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What a check of whole tables has found.

    `rows` are all there are, by table; `edited` are those of them that a person has changed, which
    are held to no rule.
    """

    rows: Mapping[TableName, int]
    edited: Mapping[TableName, int]
    faults: tuple[Fault, ...]

    @property
    def is_coherent(self) -> bool:
        """Whether nothing was found."""
        return not self.faults


class Attestation(msgspec.Struct, frozen=True, kw_only=True):
    """That the rows of a run can reach nobody: how much of each kind was looked at.

    `rows` are those of the run that begin or change. The others are values: e-mail addresses,
    telephone numbers, domains, IP addresses, and texts, which were searched for all of these.
    """

    corpus_version: str
    rows: int
    emails: int
    phones: int
    domains: int
    ips: int
    texts: int
