"""The client's other fields of an order, as one text: "tag=value" SOH ..., in their order."""


def field_of(extra: str, tag: str) -> str:
    """The first value of a tag, "" if there is none."""
    start = f"{tag}="
    if start not in extra:
        return ""
    if extra.startswith(start):
        at = len(start)
    else:
        at = extra.find(f"\x01{start}")
        if at < 0:
            return ""
        at += len(start) + 1
    return extra[at : extra.find("\x01", at)]
