"""A refusal by fixgate itself, and its text: `CODE: key=value ...`, for people and programs."""

from typing import Final

from gateway.refusal_codes import Code


class Refusal:
    """A code and the values that explain it, as `key=value` text."""

    __slots__ = ("code", "detail")

    def __init__(self, code: Code, detail: str = "") -> None:
        self.code = code
        self.detail = detail

    @property
    def text(self) -> str:
        """Text(58) of the report."""
        return f"{self.code}: {self.detail}" if self.detail else str(self.code)

    @property
    def ord_rej_reason(self) -> int:
        """OrdRejReason(103) in FIX.4.4; a dialect that lacks the value falls back."""
        return self.code.ord_rej_reason

    @property
    def cxl_rej_reason(self) -> int:
        """CxlRejReason(102) in FIX.4.4."""
        return self.code.cxl_rej_reason

    @property
    def limit(self) -> str:
        """The setting that was reached, "" for none."""
        return self.code.setting


BY_BROKER: Final = "BROKER"
_CODES: Final = frozenset(code.value for code in Code)


def code_in(text: str) -> str:
    """The code of the refusal that a text states; BY_BROKER if it is somebody else's text."""
    code = text.partition(":")[0]
    return code if code in _CODES else BY_BROKER
