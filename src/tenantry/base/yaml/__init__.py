"""YAML that says what JSON can say; the one door to PyYAML.

Reading goes over its nodes rather than its objects, so that what JSON lacks, a key that appears
twice, and what aliases blow up are refused by name and line. It is read in one of two ways: plainly
(`parse_yaml`), where whatever YAML's versions disagree on is refused, or by the core schema of YAML
1.2 (`read_yaml`). What is written here, both read alike.

It reads no file. Importing it takes a while, so who rarely needs it imports it then.
"""

from tenantry.base.yaml.core import read_yaml
from tenantry.base.yaml.plain import parse_yaml
from tenantry.base.yaml.writing import render_yaml, render_yaml_entry

__all__ = ["parse_yaml", "read_yaml", "render_yaml", "render_yaml_entry"]
