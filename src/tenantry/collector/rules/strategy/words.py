"""What is said of a run: none of it names a user whom the caller has not named."""

from typing import Final

NOBODY: Final = "the service knows none of the users to begin with"
NO_USERS: Final = "the service does not answer for users"
HIDDEN_FOLLOWS: Final = "the service does not say whom this user follows"
HIDDEN_POSTS: Final = "the service does not show the posts of this user"
NOT_SHOWN: Final = "some users or posts could not be asked about: they are gone, or not shown"
NO_SEARCH: Final = (
    "the service offers no search of posts: instead, posts that were collected here are looked "
    "through, by the hashtags in the queries (a query without one: by each of its words as one)"
)
NO_MENTIONS: Final = (
    "the service offers no search of posts: only posts that were collected here are listed"
)


def unknown_seeds(count: int) -> str:
    """Return that some users to begin with are not known."""
    return f"{count} of the users to begin with are not known to the service"


def budget_used(made: int, left: int) -> str:
    """Return that a run ends because of its budget, before the work."""
    return (
        f"the budget of {made} requests is used up; at least {left} more were needed to look at "
        "everybody"
    )
