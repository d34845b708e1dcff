"""Signatures by an Ed25519 key, for counterparties that want one in the Logon(A).

The library cryptography is loaded when there is a key.
"""

from base64 import b64encode
from collections.abc import Callable
from typing import Final

PEM: Final = "-----BEGIN"
"""A private key in PEM begins so."""


class BadKeyError(ValueError):
    """A secret is no key that can be used; the text says why, and shows nothing of it."""


def signer(pem: str) -> Callable[[str], str]:
    """Signs texts by a private key in PEM; the signature in Base64. Raises BadKeyError."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415 - slow to load
        Ed25519PrivateKey,
    )
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415 - as above
        load_pem_private_key,
    )

    try:
        key = load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError):
        raise BadKeyError("it is no private key in PEM, or has a password") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise BadKeyError("it is a private key of another kind than Ed25519")
    return lambda text: b64encode(key.sign(text.encode())).decode()
