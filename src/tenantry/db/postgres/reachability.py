"""Whether the server was there when it was last needed."""


class Reachability:
    """What the pool and the lanes last found, noted on their threads and read on any."""

    def __init__(self) -> None:
        self._is_known = False

    @property
    def is_known(self) -> bool:
        """Whether the server answered the last time; False before the first."""
        return self._is_known

    def found(self) -> None:
        """Note that a unit found the server."""
        self._is_known = True

    def lost(self) -> None:
        """Note that a unit did not find the server, or lost it."""
        self._is_known = False
