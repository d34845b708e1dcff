"""Events as payloads of the journal's records, and back."""

from collections.abc import Callable
from dataclasses import fields
from operator import attrgetter
from typing import Any, Final, cast

from gateway.events.errors import UnknownEventError
from gateway.events.kinds import EVENTS, Event

SOH: Final = "\x01"

_Values = Callable[[Any], object]

_FIELDS: Final = {kind: [field.name for field in fields(kind)] for kind in EVENTS}
_VALUES: Final[dict[type[Event], _Values]] = {k: attrgetter(*n) for k, n in _FIELDS.items()}
_TEMPLATES: Final[dict[type[Event], str]] = {
    kind: SOH.join([kind.__name__, *["%s"] * len(names)]) for kind, names in _FIELDS.items()
}
_TYPES: Final[dict[str, type[Event]]] = {kind.__name__: kind for kind in EVENTS}
_LAST: Final[dict[str, int]] = {kind.__name__: len(fields(kind)) - 1 for kind in EVENTS}
_INTEGERS: Final[dict[str, tuple[int, ...]]] = {
    kind.__name__: tuple(i for i, f in enumerate(fields(kind)) if f.type is int) for kind in EVENTS
}


def encode(event: Event) -> bytes:
    """Return the payload of an EVENT record."""
    kind = type(event)
    return (_TEMPLATES[kind] % _VALUES[kind](event)).encode()


def decode(payload: bytes) -> Event:
    """Return the event of a payload; raises UnknownEventError naming it and the remedy."""
    name, _, rest = payload.decode().partition(SOH)
    kind = _TYPES.get(name)
    if kind is None:
        raise UnknownEventError(
            f"event {name!r} is unknown: open this journal with a newer fixgate"
        )
    values: list[Any] = rest.split(SOH, _LAST[name])
    try:
        for index in _INTEGERS[name]:
            values[index] = int(values[index])
        return kind(*values)
    except (ValueError, IndexError, TypeError) as error:
        raise UnknownEventError(
            f"event {name!r} does not have its values ({error}): `fixgate audit verify` says who"
            " may have changed what"
        ) from error


def order_no_of(event: Event) -> int:
    """Return the number of the order that an event concerns, 0 for none."""
    return cast(int, getattr(event, "order_no", 0))
