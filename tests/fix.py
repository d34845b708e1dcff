"""FIX messages for tests, written whole with `|` for SOH."""


def fix(text: str) -> bytes:
    """The bytes of a message; BodyLength(9) and CheckSum(10) are filled in where they are missing.

    A field given is kept as it stands, so that wrong lengths and checksums can be written.
    """
    fields = text.strip("|").split("|")
    if not fields[1].startswith("9="):
        body = [field for field in fields[1:] if not field.startswith("10=")]
        length = sum(len(field.encode("latin-1")) + 1 for field in body)
        fields.insert(1, f"9={length}")
    data = b"".join(field.encode("latin-1") + b"\x01" for field in fields)
    if not fields[-1].startswith("10="):
        data += b"10=%03d\x01" % (sum(data) % 256)
    return data


def pipes(data: bytes) -> str:
    """The bytes of messages as text with `|` for SOH."""
    return data.decode("latin-1").replace("\x01", "|")
