"""Take uploads to disk as they arrive, and stop writing past the limit."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import TemporaryFileUploadHandler


class BoundedUploadHandler(TemporaryFileUploadHandler):
    """Streams to a temporary file. What lies beyond the limit is counted but not kept, so the true size can be reported."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start <= settings.DOCUMENT_MAX_BYTES:
            super().receive_data_chunk(raw_data, start)

    def file_complete(self, file_size: int) -> Any:
        """The finished file; its `size` is what was sent."""
        return super().file_complete(file_size)
