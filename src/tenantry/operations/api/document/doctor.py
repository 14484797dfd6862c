"""What the OpenAPI document says of the doctor."""

from typing import Final

from tenantry.operations.api.document.piece import NO_STORE
from tenantry.operations.model import DoctorReport
from tenantry.web import Declaration, Declarations, Envelope, Reply

DOCTOR: Final[Declarations] = {
    "GET /api/doctor": Declaration(
        replies={
            200: Reply(
                meaning="What was found, be it good or bad.",
                content={"application/json": Envelope[DoctorReport]},
                headers=(NO_STORE,),
            )
        }
    )
}
