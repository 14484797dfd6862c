"""What engagement with a post is worth."""

from tenantry.collector.model import Engagement


def score(engagement: Engagement) -> int:
    """Return likes + 2·reposts + 3·replies + 2·quotes."""
    likes, reposts, replies, quotes = engagement
    return likes + 2 * reposts + 3 * replies + 2 * quotes
