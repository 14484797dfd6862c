"""The query parameters of settings, as the OpenAPI document and the handlers know them."""

from typing import Annotated

from litestar.params import Parameter, QueryParameter

from tenantry.base.errors import Invalid

At = Annotated[
    str | None,
    Parameter(description="A position of the log, or an ISO 8601 instant with an offset."),
]
Cursor = Annotated[str | None, Parameter(description="Where an earlier page ended.")]
Explain = Annotated[
    bool, Parameter(description="All about it, with every layer: since when, and by whom.")
]
From = Annotated[
    str,
    QueryParameter(
        name="from", description="The first moment: a position, or an instant with an offset."
    ),
]
LayerOnly = Annotated[
    str | None, QueryParameter(name="layer", description="`own` leaves the layer beneath out.")
]
Limit = Annotated[str | None, Parameter(description="At most so many; `Link` leads to the next.")]
Shred = Annotated[
    bool, Parameter(description="Also destroy the key of everything that was ever sealed there.")
]
To = Annotated[str | None, Parameter(description="The second moment; now where it is left out.")]
Version = Annotated[
    str | None,
    Parameter(description="The version that the reader has: 3, global:3, or 0 for none."),
]
Wait = Annotated[
    str | None,
    Parameter(description="Wait so long for another version: 1s to 60s, or in ms."),
]


def read_layer(layer: str | None) -> bool:
    """Whether only the own layer is asked for; raises `Invalid`."""
    if layer not in (None, "own"):
        raise Invalid(field="layer", got=layer[:64], wants="own, or nothing for both layers")
    return layer is not None
