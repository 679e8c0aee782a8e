"""QR codes as blocks of text, for terminals and printed cards."""

from __future__ import annotations

import io


def qr_text(data: str) -> str:
    """Draw a QR code, two modules a character."""
    import segno

    drawn = io.StringIO()
    segno.make(data, micro=False).terminal(drawn, compact=True)
    return drawn.getvalue()
