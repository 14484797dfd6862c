"""The AT Protocol service that is asked about users and posts: read only, and within its limits.

Answers are typed and checked entry by entry; what the service will not do is a value, what it
cannot do at present an error. Nothing that was asked or answered stands in an error.
"""

from tenantry.collector.remote.appview.answer import (
    Declined,
    NotOffered,
    Page,
    Post,
    Profile,
    Profiles,
    Refusal,
)
from tenantry.collector.remote.appview.budget import Budget, BudgetSpent, RequestBudget
from tenantry.collector.remote.appview.client import (
    DEGRADED_SECONDS,
    MAX_ACTORS,
    MAX_PAGE,
    AppView,
    appview_limiter,
    appview_retry,
)
from tenantry.collector.remote.appview.walking import walk

__all__ = [
    "DEGRADED_SECONDS",
    "MAX_ACTORS",
    "MAX_PAGE",
    "AppView",
    "Budget",
    "BudgetSpent",
    "Declined",
    "NotOffered",
    "Page",
    "Post",
    "Profile",
    "Profiles",
    "Refusal",
    "RequestBudget",
    "appview_limiter",
    "appview_retry",
    "walk",
]
