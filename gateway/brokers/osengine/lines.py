"""Lines of the bridge's protocol: JSON objects of texts alone, one a line. Pure.

Every value is a text, numbers among them, so that neither side's floating point or language of
numbers touches a price.
"""

import hmac
import json
from collections.abc import Mapping
from typing import Final

from gateway.brokers.api.said import read_object

VERSION: Final = "1"
LINE_MAX: Final = 1 << 16
SHOWN_MAX: Final = 80
DIGITS_MAX: Final = 18
Said = Mapping[str, str]


class LineError(Exception):
    """It is no line of the protocol."""


def text_of(said: Said) -> bytes:
    """A line, without its end."""
    return json.dumps(said, separators=(",", ":"), ensure_ascii=False).encode()


def write(said: Said) -> bytes:
    """A line, with its end."""
    return text_of(said) + b"\n"


def read(line: bytes) -> dict[str, str]:
    """What a line says; raises LineError for what is none."""
    said = read_object(line)
    if said is None or not all(isinstance(one, str) for one in said.values()):
        raise LineError(f"no JSON object of texts: {line[:SHOWN_MAX]!r}")
    return said


def number(said: Said, name: str) -> int:
    """A number that counts something; raises LineError for what is none."""
    text = said.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX):
        raise LineError(f"{name} is no number: {text[:SHOWN_MAX]!r}")
    return int(text)


def seal(secret: str, who: str, *nonces: str) -> str:
    """What shows that `who` has the secret, this time."""
    text = ":".join((who, *nonces))
    return hmac.new(secret.encode(), text.encode(), "sha256").hexdigest()
