"""What all events have in common."""

from dataclasses import dataclass


@dataclass(slots=True)
class Event:
    """Base of all facts; `order_no` 0 means that no order is concerned."""
