"""What activities say: subjects, descriptions, what is done next, and why leads are lost.

Subjects go by type and stage (`customer` is anybody who has bought), descriptions by type and
outcome; an outcome that moves a lead on has a sentence of its own behind it. `{first}` is the first
name of the contact, `{company}` the company.
"""

from typing import Final

import msgspec


class NextAction(msgspec.Struct, frozen=True):
    """What is to be done next, and in how many business days."""

    text: str
    min_days: int
    max_days: int


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.strip().splitlines())


SUBJECTS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "call": {
        "initial_contact": _lines("""
            Introductory call
            First call about their print fleet
            Call about their enquiry
        """),
        "qualified": _lines("""
            Call about needs and budget
            Qualification call
            Call about who decides
        """),
        "needs_analysis": _lines("""
            Call about monthly volumes
            Call about their present devices
            Call about requirements
        """),
        "proposal": _lines("""
            Call about the proposal
            Questions about the offer
            Call about options and prices
        """),
        "negotiation": _lines("""
            Call about terms
            Call about delivery and lease
            Call about the final price
        """),
        "customer": _lines("""
            Account check-in
            Quarterly service call
            Call about supplies and usage
            Call about an additional device
        """),
    },
    "email": {
        "initial_contact": _lines("""
            Introduction and brochure
            Thank you for your interest
            A few questions about your office
        """),
        "qualified": _lines("""
            Summary of our conversation
            Case studies from your industry
            Proposed next steps
        """),
        "needs_analysis": _lines("""
            Questionnaire about volumes
            Summary of the requirements
            Comparison of suitable models
        """),
        "proposal": _lines("""
            Answers about the proposal
            Details of the service plan
            Proposal: next steps
        """),
        "negotiation": _lines("""
            Revised terms
            Draft of the agreement
            Delivery dates
        """),
        "customer": _lines("""
            Usage report of the quarter
            News about supplies
            Service review
            Upgrade options
        """),
    },
    "meeting": {
        "initial_contact": _lines("""
            First meeting
            Introduction at their office
        """),
        "qualified": _lines("""
            Discovery meeting
            Meeting with the office team
        """),
        "needs_analysis": _lines("""
            Walk-through of the site
            Workshop about requirements
        """),
        "proposal": _lines("""
            Presentation of the proposal
            Meeting with the decision makers
        """),
        "negotiation": _lines("""
            Contract meeting
            Meeting about terms
        """),
        "customer": _lines("""
            Business review
            Meeting about the fleet
        """),
    },
    "demo": {
        "qualified": _lines("""
            Product demonstration
            Demonstration of scan workflows
        """),
        "needs_analysis": _lines("""
            Demonstration of the short-listed models
            Demonstration of print management
        """),
        "proposal": _lines("""
            Second demonstration for the team
            Demonstration of the proposed device
        """),
        "negotiation": _lines("""
            Demonstration for the new users
            Demonstration of the final configuration
        """),
        "customer": _lines("""
            Demonstration of new models
            Demonstration of document workflows
        """),
    },
    "proposal": {
        "needs_analysis": _lines("""
            Proposal for a managed print fleet
            Proposal for new devices
        """),
        "proposal": _lines("""
            Revised proposal
            Proposal with a service plan
        """),
        "negotiation": _lines("""
            Final proposal
            Proposal with agreed terms
        """),
        "customer": _lines("""
            Renewal proposal
            Proposal for an additional device
        """),
    },
    "task": {
        "lead": _lines("""
            Research the company
            Prepare material
            Update the record
            Check references
        """),
        "customer": _lines("""
            Check meter readings
            Prepare the business review
            Update contract data
        """),
    },
    "note": {
        "lead": _lines("""
            Note about the contact
            Note about competitors in place
            Note about timing
        """),
        "customer": _lines("""
            Note about the account
            Note about usage
            Note about the renewal
        """),
    },
}

DESCRIPTIONS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "call": {
        "answered": _lines("""
            Spoke with {first}; a good conversation.
            Reached {first} at {company} and went through the open points.
            Talked with {first} about how {company} works today.
        """),
        "no_answer": ("Nobody at {company} picked up.", "Rang {first}; no answer."),
        "busy": ("The line of {company} was busy.",),
        "voicemail": ("Left a message for {first}.", "Voicemail of {first}; asked to call back."),
    },
    "email": {
        "sent": ("Sent to {first}; no reaction yet.", "E-mail sent to {first} at {company}."),
        "opened": ("{first} has opened the e-mail.", "Opened at {company}, not answered yet."),
        "replied": ("{first} has answered.", "{first} replied with a few questions."),
        "bounced": ("The e-mail to {first} came back.",),
    },
    "meeting": {
        "completed": _lines("""
            Met {first} and a colleague at {company}.
            Met with {first}; all points of the agenda were covered.
        """),
        "no_show": ("{first} did not come.",),
        "rescheduled": ("{first} asked for another date.",),
        "cancelled": ("{company} has called the meeting off.",),
    },
    "demo": {
        "completed": _lines("""
            Showed {first} and the team how it works.
            The team of {company} tried everything themselves.
        """),
        "technical_issues": ("The network at {company} did not cooperate; to be repeated.",),
        "rescheduled": ("{first} asked for another date.",),
    },
    "proposal": {
        "sent": ("Sent to {first} at {company}.",),
        "draft": ("Draft for {company}, to be reviewed.",),
        "approved": ("{first} has approved the proposal.",),
        "rejected": ("{first} has turned the proposal down.",),
    },
    "task": {
        "completed": ("Done for {company}.",),
        "in_progress": ("Under way for {company}.",),
        "pending": ("To be done for {company}.",),
        "cancelled": ("No longer needed for {company}.",),
    },
    "note": {
        "completed": _lines("""
            {first} prefers to be called in the morning.
            {company} plans its budget in the autumn.
            {first} is the one who decides at {company}.
        """),
    },
}

NEXT_ACTIONS: Final[dict[str, dict[str, NextAction]]] = {
    "call": {
        "answered": NextAction("Send a summary and agree on the next step", 1, 5),
    },
    "email": {
        "opened": NextAction("Call about the e-mail", 1, 4),
        "replied": NextAction("Schedule follow-up call", 1, 3),
        "bounced": NextAction("Find out the right address", 1, 2),
    },
    "meeting": {
        "completed": NextAction("Send minutes of the meeting", 1, 3),
        "no_show": NextAction("Agree on another date", 1, 2),
        "rescheduled": NextAction("Hold the meeting", 2, 6),
    },
    "demo": {
        "completed": NextAction("Send proposal", 3, 3),
        "technical_issues": NextAction("Repeat the demonstration", 2, 5),
        "rescheduled": NextAction("Hold the demonstration", 2, 6),
    },
    "proposal": {
        "sent": NextAction("Ask about the proposal", 7, 7),
        "draft": NextAction("Send proposal", 1, 2),
        "approved": NextAction("Prepare the contract", 1, 3),
    },
    "task": {
        "in_progress": NextAction("Finish the task", 1, 3),
        "pending": NextAction("Begin the task", 1, 4),
    },
}

ADVANCES: Final[dict[str, tuple[str, ...]]] = {
    "qualified": _lines("""
        There is a budget, and they want to change within the year.
        They have a need and {first} can decide.
    """),
    "needs_analysis": _lines("""
        We may look at their volumes and devices.
        They want us to find out what they need.
    """),
    "proposal": _lines("""
        The requirements are clear and they want an offer.
        We are one of two that may make an offer.
    """),
    "negotiation": _lines("""
        They want to go ahead if the terms fit.
        What is left to talk about is price and delivery.
    """),
    "closed_won": _lines("""
        {company} has signed.
        The agreement is signed; delivery is ordered.
    """),
}

LOSS_REASONS: Final[dict[str, str]] = {
    "No need": "They see no need to change anything.",
    "No budget": "There is no budget for it.",
    "Bad timing": "Their present lease goes on for two more years.",
    "Price": "The price is more than they want to pay.",
    "Competitor": "They have chosen another supplier.",
    "No decision": "They have decided not to decide this year.",
}
LOSS_REASONS_BY_STAGE: Final[dict[str, tuple[str, ...]]] = {
    "initial_contact": ("No need", "No need", "No budget", "Bad timing"),
    "qualified": ("No budget", "Bad timing", "Competitor", "No need"),
    "needs_analysis": ("No budget", "Competitor", "Bad timing", "No decision"),
    "proposal": ("Price", "Competitor", "No decision", "Price"),
    "negotiation": ("Price", "Competitor", "No decision", "Competitor"),
}
NEGLECTED: Final = "No response"
"""Why a lead is lost that nobody could move."""
CHURNED: Final = "They end the contract and will not renew."
