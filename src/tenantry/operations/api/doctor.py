"""The route of the doctor."""

from litestar import Response, get
from litestar.types import ControllerRouterHandler

from tenantry.base import Clock
from tenantry.operations.api.moment import NO_STORE
from tenantry.operations.api.reliability import TAG
from tenantry.operations.model import DoctorReport
from tenantry.operations.service import Doctor
from tenantry.web import ActingPrincipal, Envelope, enveloped


def doctor_handlers(doctor: Doctor, *, clock: Clock) -> list[ControllerRouterHandler]:
    """Return the route by which this node examines itself."""

    @get("/api/doctor", tags=[TAG])
    async def examine(principal: ActingPrincipal) -> Response[Envelope[DoctorReport]]:
        """Examine settings, database, services and machine, and say what to do about each fault.

        The answer is a 200 whatever is found; `ok` says whether nothing has failed.
        """
        report = await doctor.report(principal)
        return Response(enveloped(report, clock=clock), headers=NO_STORE)

    return [examine]
