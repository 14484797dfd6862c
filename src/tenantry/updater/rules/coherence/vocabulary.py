"""The words that rows may use, and which of them go together."""

from collections.abc import Mapping
from typing import Final

LEAD_STATES: Final = frozenset(
    {
        ("lead", "new", "initial_contact"),
        ("lead", "contacted", "initial_contact"),
        ("lead", "qualified", "qualified"),
        ("lead", "qualified", "needs_analysis"),
        ("lead", "proposal", "proposal"),
        ("lead", "negotiation", "negotiation"),
        ("lead", "closed_lost", "closed_lost"),
        ("customer", "active", "closed_won"),
        ("former_customer", "churned", "closed_won"),
    }
)
"""Record type, status and stage of a business record."""

INTERESTS: Final = frozenset({"cold", "warm", "hot", "qualified"})
PRIORITIES: Final = frozenset({"low", "medium", "high", "urgent"})

UNREACHED: Final = frozenset({"no_answer", "busy", "voicemail"})
"""Outcomes of calls in which nobody was spoken to."""

OUTCOMES: Final[Mapping[str, frozenset[str]]] = {
    "call": frozenset({"answered", *UNREACHED}),
    "email": frozenset({"sent", "opened", "replied", "bounced"}),
    "meeting": frozenset({"completed", "no_show", "rescheduled", "cancelled"}),
    "demo": frozenset({"completed", "technical_issues", "rescheduled"}),
    "proposal": frozenset({"sent", "draft", "approved", "rejected"}),
    "task": frozenset({"completed", "in_progress", "pending", "cancelled"}),
    "note": frozenset({"completed"}),
}
"""By type of activity."""

CALL_MINUTES: Final = (2, 45)
"""How long a call takes in which somebody was spoken to; a configuration may want it otherwise."""
