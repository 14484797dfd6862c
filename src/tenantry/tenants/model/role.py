"""The names of roles; what each may do is in the rules."""

from typing import Literal, TypeAlias

Role: TypeAlias = Literal["viewer", "editor", "operator", "admin", "root"]
"""`root` exists only for every tenant together, and there is no other role there."""
