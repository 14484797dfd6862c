"""When a request is sent again, and after how long."""

import msgspec

from tenantry.sdk.errors import Invalid, RequestFailed, SyncFailed, Unavailable, Unreachable


class Retry(msgspec.Struct, frozen=True, kw_only=True):
    """How patient to be: at most `attempts` in all, and always within the client's own time-out.

    The pause before the n-th repetition is drawn from 0 to `first_seconds` · 2ⁿ⁻¹, at most
    `most_seconds` ("full jitter"), so that many who failed together do not come back together.
    Where the server names a time, it is at least that.
    """

    attempts: int = 8
    first_seconds: float = 0.1
    most_seconds: float = 5.0

    def __post_init__(self) -> None:
        if self.attempts < 1 or self.first_seconds <= 0 or self.most_seconds < self.first_seconds:
            raise Invalid(
                f"retry: got {self!r}, wants attempts >= 1 and 0 < first_seconds <= most_seconds"
            )

    def pause(self, failures: int, *, chance: float, first_seconds: float | None = None) -> float:
        """Return how long to wait after so many failures; `chance` is a random part of 1."""
        first = first_seconds or self.first_seconds
        # Beyond a few doublings the cap decides, and a float would overflow.
        return chance * min(max(self.most_seconds, first), first * 2.0 ** min(failures - 1, 30))

    def pause_between(
        self,
        failures: int,
        error: RequestFailed | None,
        *,
        chance: float,
        first_seconds: float | None,
    ) -> float:
        """Return how long to wait before the next connection; `error` is what ended the last."""
        asked = error.retry_after if error is not None else None
        return max(self.pause(failures, chance=chance, first_seconds=first_seconds), asked or 0.0)

    def pause_after(
        self,
        error: RequestFailed,
        *,
        is_repeatable: bool,
        attempt: int,
        seconds_left: float,
        chance: float,
    ) -> float | None:
        """Return how long to wait before the next attempt; None where there must be none."""
        if attempt >= self.attempts or not may_repeat(error, is_repeatable=is_repeatable):
            return None

        pause = max(self.pause(attempt, chance=chance), error.retry_after or 0.0)
        return pause if pause < seconds_left else None


def may_repeat(error: RequestFailed, *, is_repeatable: bool) -> bool:
    """Whether sending the request again may help and cannot do anything twice."""
    if not was_sent(error):
        return True
    if isinstance(error, SyncFailed):
        # The server has tried again already; when that may help once more is its caller's to say.
        return False
    return is_repeatable and isinstance(error, Unavailable)


def was_sent(error: RequestFailed) -> bool:
    """Whether anything of the request has left this machine, so that it may have been done."""
    return not (isinstance(error, Unreachable) and error.is_unsent)
