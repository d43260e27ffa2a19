"""A link as an image that a phone reads."""

import base64
import io

import segno
from mcp_types import Annotations, ImageContent

_SCALE = 6
"""Pixels of a module: a code of a join link is some 250 pixels wide."""


def qr_code(link: str) -> ImageContent:
    """The link as a QR code, as PNG, for the person at the host."""
    image = io.BytesIO()
    segno.make_qr(link, error="m").save(image, kind="png", scale=_SCALE, border=4)
    return ImageContent(
        type="image",
        data=base64.b64encode(image.getvalue()).decode("ascii"),
        mime_type="image/png",
        annotations=Annotations(audience=["user"]),
    )
