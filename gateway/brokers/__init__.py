"""Brokers without a FIX session of ours; a broker over FIX needs none of this, only its link.

To add one: a file with a class that takes message bodies and gives report fields, a line here.
"""

from typing import Final

from gateway.brokers.paper import PaperBroker

BROKERS: Final = {"paper": PaperBroker}
