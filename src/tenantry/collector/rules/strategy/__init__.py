"""Strategies as step machines: what to ask next, and what comes of an answer; nothing is asked.

What a run does is a function of what it was told and of what it was answered: whoever goes on with
one that was interrupted asks what was to be asked, and nothing again that was taken in.
"""

from tenantry.collector.rules.strategy.answering import answer, keys_of, refuse
from tenantry.collector.rules.strategy.beginning import begin
from tenantry.collector.rules.strategy.estimate import estimate
from tenantry.collector.rules.strategy.params import read_params
from tenantry.collector.rules.strategy.planning import AT_ONCE, limit_of, plan
from tenantry.collector.rules.strategy.words import budget_used

__all__ = [
    "AT_ONCE",
    "answer",
    "begin",
    "budget_used",
    "estimate",
    "keys_of",
    "limit_of",
    "plan",
    "read_params",
    "refuse",
]
