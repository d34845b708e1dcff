"""News(B) in every version: FIX.4.0 has no Headline(148) and one Text(58)."""

from collections.abc import Sequence
from typing import Final

from gateway.translate.dialects import Dialect
from sessions.values import fix_text, format_utc_timestamp

URGENCIES: Final[dict[str, str]] = {"normal": "0", "flash": "1", "background": "2"}
"""Urgency(61) by its name."""
WITHOUT_HEADLINE: Final = ("FIX.4.0",)


def news(dialect: Dialect, headline: str, lines: Sequence[str], urgency: str, now: int) -> str:
    """The body of a News(B) that was written at `now` (UTC ns). `urgency` is one of URGENCIES."""
    told = [line for line in map(fix_text, lines) if line]
    if dialect.version in WITHOUT_HEADLINE:
        told = [" ".join([fix_text(headline), *told])]
        head = ""
    else:
        told = told or [fix_text(headline)]  # a line at least is required
        head = f"148={fix_text(headline)}\x01"
    time = format_utc_timestamp(now, 3 if dialect.fits is None else 0)
    text = "".join([f"58={line}\x01" for line in told])
    return f"42={time}\x0161={URGENCIES[urgency]}\x01{head}33={len(told)}\x01{text}"
