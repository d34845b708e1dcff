"""What is known of the configuration."""

from dataclasses import dataclass

from gateway.events.base import Event


@dataclass(slots=True)
class ConfigurationInForce(Event):
    """The gateway goes by another configuration from now on. `settings`: all that are set in it, as
    a JSON object of texts, secrets not shown; `digest`: SHA-256 of that (hex).
    """

    digest: str
    settings: str
