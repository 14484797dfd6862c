"""What the OpenAPI document says of the doctor."""

from typing import Final

from tenantry.operations.model import DoctorReport
from tenantry.web import Declaration, Declarations, Envelope, HeaderField, Reply

_NO_STORE: Final = HeaderField(
    name="Cache-Control",
    meaning="An answer about this moment.",
    schema={"const": "no-store"},
    is_always_sent=True,
)

DOCTOR: Final[Declarations] = {
    "GET /api/doctor": Declaration(
        replies={
            200: Reply(
                meaning="What was found, be it good or bad.",
                content={"application/json": Envelope[DoctorReport]},
                headers=(_NO_STORE,),
            )
        }
    )
}
