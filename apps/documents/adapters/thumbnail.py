"""A small image of a page."""

from __future__ import annotations

import io

WIDTH = 144  # twice the width that it is shown at


def thumbnail(image: bytes) -> bytes:
    """The image of a page, small, as WebP. The image is one that we drew."""
    from PIL import Image  # noqa: PLC0415 -- slow import, needed by few requests

    with Image.open(io.BytesIO(image)) as page:
        height = max(1, round(WIDTH * page.height / page.width))
        small = page.convert("RGB").resize((WIDTH, height), Image.Resampling.BILINEAR, reducing_gap=2.0)
    out = io.BytesIO()
    small.save(out, "WEBP", quality=70, method=1)
    return out.getvalue()
