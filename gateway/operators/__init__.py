"""Operators: who they are, and what the journal keeps of what they do. Knows no gateway."""

import json
from typing import Final

TOLD_MAX: Final = 500  # characters of an action in the log; the journal has all of it


class Person(str):
    """The name of an operator, with the operating-system user at the other end beside it."""

    __slots__ = ("os_user",)
    os_user: str

    def __new__(cls, name: str, os_user: str) -> "Person":
        """`name` is what it is as a text."""
        person = super().__new__(cls, name)
        person.os_user = os_user
        return person


APPROVED_BY: Final = ", approved by "


def both(requester: str, approver: str) -> str:
    """Two people who did something together, as the journal names them."""
    return f"{requester}{APPROVED_BY}{approver}"


def the_two(who: str) -> tuple[str, str]:
    """Who asked and who approved; the second "" where one person did it alone."""
    requester, said, approver = who.rpartition(APPROVED_BY)
    return (requester, approver) if said else (who, "")


def action(who: str, why: str, what: str, **details: str | int | bool | None) -> bytes:
    """The payload of an OPERATOR record; details that are None are left out."""
    entry: dict[str, str | int | bool] = {"who": who, "why": why, "what": what}
    if isinstance(who, Person):
        entry["os_user"] = who.os_user
    entry |= {key: value for key, value in details.items() if value is not None}
    return json.dumps(entry).encode()


def told(payload: bytes) -> str:
    """An action as a line of the log has it."""
    return payload.decode()[:TOLD_MAX]
