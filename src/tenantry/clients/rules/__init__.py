"""Decisions about clients: pure, without I/O, clock or chance.

What a declaration says is parsed and brought into normal form here, and written again from what is
stored. Nothing here reads a file, and nothing tells a secret.
"""

from tenantry.clients.rules.canonical import exported, in_order
from tenantry.clients.rules.json_value import as_json
from tenantry.clients.rules.normal import content_digest, desired_of, normal, source_digest_of
from tenantry.clients.rules.parse import json_schema, key_of, parse, parse_leniently
from tenantry.clients.rules.placeholders import check_given, fill, names_in, resolve
from tenantry.clients.rules.sealing import canonical_json, digest_in

__all__ = [
    "as_json",
    "canonical_json",
    "check_given",
    "content_digest",
    "desired_of",
    "digest_in",
    "exported",
    "fill",
    "in_order",
    "json_schema",
    "key_of",
    "names_in",
    "normal",
    "parse",
    "parse_leniently",
    "resolve",
    "source_digest_of",
]
