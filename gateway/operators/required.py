"""What stands in the way of taking commands of named operators only."""

from __future__ import annotations

from gateway.config import Config
from gateway.operators.book import Operators


def without_administrator(config: Config, operators: Operators) -> list[str]:
    """The problem with a configuration under which nobody could command, nor name one who can."""
    if config.control.operators != "required" or operators.administrators():
        return []
    return [
        'control.operators: is "required", and there is no administrator: run with "off", `fixgate'
        " operators issue NAME --role administrator`, then set it and `fixgate reload`"
    ]
