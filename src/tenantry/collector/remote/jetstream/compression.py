"""Frames that were compressed with a dictionary that both sides have."""

from typing import Final

import zstandard

from tenantry.base.errors import Invalid
from tenantry.collector.model import DeadLetter

SAMPLE_BYTES: Final = 64 * 1024
"""So much of a frame that is too long is kept: it tells what it was."""
_OVERSIZED: Final = "oversized"


class Decompressor:
    """Takes frames apart again; every frame stands for itself."""

    def __init__(self, dictionary: bytes) -> None:
        """Take a trained dictionary; raises `Invalid` where it is none."""
        try:
            loaded = zstandard.ZstdCompressionDict(
                dictionary, dict_type=zstandard.DICT_TYPE_FULLDICT
            )
            self._decompressor = zstandard.ZstdDecompressor(dict_data=loaded)
        except (zstandard.ZstdError, ValueError, MemoryError) as error:
            raise Invalid(f"this is no zstd dictionary: {error}") from error
        self.dictionary_id = int(loaded.dict_id())
        if self.dictionary_id == 0:
            raise Invalid("this is no zstd dictionary: it has no id, so it is not a trained one")

    def decompress(self, frame: bytes, *, most: int) -> bytes | DeadLetter:
        """Return what was compressed; raises `ValueError` where it cannot be had.

        Of what is longer than `most` bytes the beginning is unpacked and nothing else, whatever it
        says of itself: memory is taken for what a frame claims, before it is looked at.
        """
        try:
            size = zstandard.frame_content_size(frame)
            if size <= most:
                # One that does not say how long it is (-1) may fill as much as there may be.
                return self._decompressor.decompress(
                    frame, max_output_size=most, allow_extra_data=False
                )
        except zstandard.ZstdError as error:
            beginning = self._beginning(frame, most + 1)
            if len(beginning) <= most:
                raise ValueError(f"a frame that is not compressed as agreed: {error}") from error
            size = len(beginning)
        else:
            beginning = self._beginning(frame, SAMPLE_BYTES)
        return oversized(beginning, size)

    def _beginning(self, frame: bytes, count: int) -> bytes:
        """Unpack so many bytes, or as many as can be."""
        try:
            with self._decompressor.stream_reader(frame) as reader:
                return reader.read(count)
        except zstandard.ZstdError:
            return b""


def oversized(beginning: bytes, size: int) -> DeadLetter:
    """Return what is kept of a frame that is too long."""
    return DeadLetter(_OVERSIZED, beginning[:SAMPLE_BYTES], size)
