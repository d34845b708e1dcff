"""Small JSON files that are signed: one way to write each, so that no byte of them can change.

Pure: values and bytes.
"""

import json
from collections.abc import Mapping
from typing import Any, TypeVar

from gateway.seals.errors import SealError

Made = TypeVar("Made")


def to_bytes(values: Mapping[str, Any]) -> bytes:
    """The file of a document: its values in their order, a line each."""
    return (json.dumps(values, indent=2, ensure_ascii=True) + "\n").encode()


def to_sign(what: str, values: Mapping[str, Any], *without: str) -> bytes:
    """What is signed of a document, which is never taken for one of another kind."""
    kept = {name: value for name, value in values.items() if name not in without}
    return f"fixgate {what}\n".encode() + to_bytes(kept)


def read_document(data: bytes, kinds: Mapping[str, type], where: str) -> dict[str, Any]:
    """The values of a file; raises SealError if it is not byte for byte as it would be written."""
    try:
        values = json.loads(data)
    except ValueError:
        values = None
    sound = (
        isinstance(values, dict)
        and list(values) == list(kinds)
        and all(type(values[name]) is kind for name, kind in kinds.items())
    )
    if not sound or to_bytes(values) != data:
        raise SealError(f"{where}: is not as it was written")
    return dict(values)
