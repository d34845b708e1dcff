"""The facts that the journal keeps about orders, links and halts, and their text form.

Every change of state is one of these. State is changed by applying an event and in no other
way, so a restart that applies the same events ends in the same state. Events hold texts as
they were received (prices, quantities) and never a decision still to be made.

An event's payload is its class name and its values, joined by SOH and encoded as UTF-8. Only
the last value of an event may itself hold SOH. A field is never removed or given another
meaning: a changed event gets a new name, so that journals of every version stay readable.
"""

from gateway.events import kinds
from gateway.events.coding import decode, encode, order_no_of
from gateway.events.errors import UnknownEventError
from gateway.events.kinds import *  # noqa: F403 - all kinds by name; they are listed there

__all__ = ["UnknownEventError", "decode", "encode", "order_no_of"]
__all__ += kinds.__all__
