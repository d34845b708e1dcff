"""Keeps in the journal by which configuration the gateway goes: its hash, and what has changed.

A secret that changes is told by a reload, as "changed (not shown)"; over a restart it does not
show, for nothing is kept of it that could be compared.
"""

import os
from importlib.metadata import version
from time import time_ns
from typing import Final

from gateway.config import Config
from gateway.config.flat import changes, digest_of, settings_of
from gateway.control.peer import login_name
from gateway.engine import Engine
from gateway.events import ConfigurationInForce
from gateway.operators import action

STARTED: Final = "configuration"
"""What the record calls a start with another configuration than before."""
NAMED_MAX: Final = 1000
"""Changes that the journal names one by one."""


def in_force(engine: Engine) -> str:
    """The hash (hex) of the configuration by which the journal says that it goes; "" if none."""
    known = engine.core.state.operators.configuration
    return "" if known is None else known[1].digest


def put_in_force(engine: Engine, config: Config, now: int) -> None:
    """Keep that this one is, unless it was."""
    settings = settings_of(config)
    digest = digest_of(settings)
    if digest != in_force(engine):
        engine.event(ConfigurationInForce(digest, settings), now)


def begin(engine: Engine, config: Config) -> None:
    """A start: tell what differs from the configuration of before, under the name of the user whose
    process it is.
    """
    known = engine.core.state.operators.configuration
    settings = settings_of(config)
    digest = digest_of(settings)
    if digest == in_force(engine):
        return
    differ = first(changes(known[1].settings, settings), NAMED_MAX) if known is not None else []
    said = action(
        login_name(os.geteuid()),
        "",
        STARTED,
        before=in_force(engine) or None,
        configuration=digest,
        changes="\n".join(differ),
        version=version("fixgate"),
    )
    engine.operator(said, time_ns())
    put_in_force(engine, config, time_ns())


def first(texts: list[str], most: int) -> list[str]:
    """The first of them, and how many more there are."""
    return texts if len(texts) <= most else [*texts[:most], f"and {len(texts) - most} more"]
