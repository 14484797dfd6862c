"""What can go wrong with collecting and with strategies."""

from tenantry.base.errors import Conflict, NotFound, Unavailable


class NoRun(NotFound):
    """There is no run of a strategy of that id."""

    default_code = "no_strategy_run"


class TooManyRuns(Conflict):
    """As many runs of strategies are under way for the tenant as may be."""

    default_code = "too_many_strategy_runs"


class OtherTenant(Conflict):
    """What is collected here is collected for another tenant."""

    default_code = "collects_for_another_tenant"


class StreamError(Unavailable):
    """A connection to a Jetstream host has failed, or could not be made."""

    default_code = "stream_failed"


class CursorTooOld(StreamError):
    """The host does not go back as far as the cursor; `floor_seq` is where it begins, on v2."""

    default_code = "cursor_too_old"

    def __init__(self, message: str, *, floor_seq: int | None = None) -> None:
        super().__init__(message, retry_after_seconds=0.0)
        self.floor_seq = floor_seq


class StreamRefused(StreamError):
    """The host does not understand the request, and would not the next time."""

    default_code = "stream_refused"


class NoSuchWire(StreamRefused):
    """The host does not speak the wire that it was asked for."""

    default_code = "no_such_wire"


class StreamBusy(StreamError):
    """The host has no place now, or is not ready yet; it may say when to come back."""

    default_code = "stream_busy"


class DictionaryUnknown(StreamError):
    """The host does not know the dictionary that its frames were to be compressed with."""

    default_code = "dictionary_unknown"


class StreamBroken(StreamError):
    """The host sends what cannot be decompressed; the next stream is plain, so nothing is lost."""

    default_code = "stream_broken"


class FrameTooLong(StreamError):
    """The next frame is so long that it was not read, and the stream cannot go on behind it.

    From the same cursor it comes again. The next stream of this `Connector` asks the host to leave
    such frames out (`StreamRequest.max_message_bytes`), which a v2 server does on either wire. An
    old v1 server takes no notice: where it comes all the same, go on a little behind the cursor, a
    second and then twice as far each time, and note that stretch as a gap, `skipped`. It has
    come as a dead letter, of which nothing is known.
    """

    default_code = "frame_too_long"


class StreamSilent(StreamError):
    """The host has sent nothing for too long."""

    default_code = "stream_silent"


class HostElsewhere(StreamError):
    """The host knows nothing of what is stored already: its times are not those of the others."""

    default_code = "host_elsewhere"


class AppViewError(Unavailable):
    """The AT Protocol service has failed, or refuses a request."""

    default_code = "appview_failed"


class HostBlind(StreamError):
    """The host leaves out a collection that should come."""

    default_code = "host_blind"

    def __init__(self, host: str, collection: str) -> None:
        super().__init__(f"{host} leaves out {collection}")
        self.host = host
        self.collection = collection
