"""Sources that are files: JSONL, CSV and Parquet; the one door to pyarrow, which is optional."""

from tenantry.sync.remote.files.reading import FilesReader

__all__ = ["FilesReader"]
