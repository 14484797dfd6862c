"""How values become what the server keeps: JSON, and errors without their stack."""

import dataclasses

from temporalio.api.failure.v1 import Failure
from temporalio.converter import DataConverter, DefaultFailureConverter, PayloadConverter


class QuietFailures(DefaultFailureConverter):
    """Errors as their type and message; where they were raised is the business of our own log."""

    def to_failure(
        self, exception: BaseException, payload_converter: PayloadConverter, failure: Failure
    ) -> None:
        """Fill `failure`, the causes of it too."""
        super().to_failure(exception, payload_converter, failure)
        told = failure
        while True:
            told.stack_trace = ""
            if not told.HasField("cause"):
                return
            told = told.cause


CONVERTER = dataclasses.replace(DataConverter.default, failure_converter_class=QuietFailures)
