"""One seal: what it says, how it is signed, and its file. Pure."""

import re
from dataclasses import asdict, dataclass, fields, replace
from hashlib import sha256
from typing import Final

from gateway.seals.documents import read_document, to_bytes, to_sign
from gateway.seals.errors import SealError
from gateway.seals.signing import Signer, is_signed
from store.record import Position

FORMAT: Final = 1
_HASH: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """Up to and with batch `batch`, at `offset` of its segment, the journal's chain has the hash
    `head` (hex). `previous`: SHA-256 of the file of the seal before, "" for the first.

    `time_ns`: UTC, never before that of the seal before. `business_date`: yyyymmdd, 0 where none is
    kept. `reads_batch` and `reads_head`: the same of the record of who read what, while no gateway
    ran; 0 and "" if nobody did. `why`: what it was made for.
    """

    version: int
    number: int
    node: str
    segment: int
    offset: int
    batch: int
    head: str
    reads_batch: int
    reads_head: str
    time_ns: int
    business_date: int
    why: str
    key: str
    previous: str
    signature: str

    def signed(self, signer: Signer) -> "Seal":
        """This seal with the signature of a key."""
        named = replace(self, key=signer.key_id)
        return replace(named, signature=signer.sign(named._to_sign()))

    def is_signed_by(self, public_key: str) -> bool:
        """Whether the signature is right."""
        return is_signed(self._to_sign(), self.signature, public_key)

    def _to_sign(self) -> bytes:
        return to_sign("seal", asdict(self), "signature")

    @property
    def position(self) -> Position:
        """Where the sealed batch begins."""
        return Position(self.segment, self.offset)

    @property
    def data(self) -> bytes:
        """Its file."""
        return to_bytes(asdict(self))

    @property
    def digest(self) -> str:
        """SHA-256 of its file, hex."""
        return sha256(self.data).hexdigest()


_KINDS: Final = {field.name: field.type for field in fields(Seal) if isinstance(field.type, type)}


def read_seal(data: bytes, where: str) -> Seal:
    """The seal of a file, whoever signed it; raises SealError."""
    seal = Seal(**read_document(data, _KINDS, where))
    if not (_HASH.fullmatch(seal.head) and seal.number > 0 and seal.segment > 0):
        raise SealError(f"{where}: is not as it was written")
    return seal
