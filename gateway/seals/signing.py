"""Ed25519 (RFC 8032) as seals and keys need it: raw public keys and signatures as Base64.

Owns the library cryptography. Knows no files.
"""

from base64 import b64decode, b64encode
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from gateway.seals.errors import SealKeyError

KEY_ID_LENGTH: Final = 16


class Signer:
    """A private key. `public_key`: what its signatures are held to, Base64."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public_key = b64encode(key.public_key().public_bytes_raw()).decode()
        self.key_id = key_id(self.public_key)

    @classmethod
    def new(cls) -> "Signer":
        """A key that nobody has yet."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def from_pem(cls, pem: bytes, where: str) -> "Signer":
        """The key of a PEM file; raises SealKeyError, whose text shows nothing of it."""
        try:
            key = load_pem_private_key(pem, None)
        except (ValueError, TypeError):
            raise SealKeyError(f"{where}: is no private key in PEM, or has a password") from None
        if not isinstance(key, Ed25519PrivateKey):
            raise SealKeyError(f"{where}: is a private key of another kind than Ed25519")
        return cls(key)

    def pem(self) -> bytes:
        """The key as its file holds it (PKCS#8)."""
        return self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def sign(self, data: bytes) -> str:
        """The signature of some bytes; the same bytes have the same one for ever."""
        return b64encode(self._key.sign(data)).decode()


def key_id(public_key: str) -> str:
    """What a key is called: the beginning of the SHA-256 of its public key."""
    return sha256(public_key.encode()).hexdigest()[:KEY_ID_LENGTH]


def is_signed(data: bytes, signature: str, public_key: str) -> bool:
    """Whether a signature is that of these bytes by that key."""
    try:
        key = Ed25519PublicKey.from_public_bytes(b64decode(public_key, validate=True))
        key.verify(b64decode(signature, validate=True), data)
    except (InvalidSignature, ValueError):
        return False
    return True
