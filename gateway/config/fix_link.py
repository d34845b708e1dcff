"""Settings that clients and brokers over FIX share: which dictionaries their session has."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field

import fix_specs
from gateway.config.kinds import Switch
from gateway.config.section import STRICT
from sessions.config import ApplVersion, SessionConfig


class FixLink(SessionConfig):
    """A session and what its messages are judged by."""

    model_config = STRICT

    dictionary: Path | None = Field(
        default=None, json_schema_extra={"quickfix": "DataDictionary, AppDataDictionary"}
    )
    """QuickFIX-format XML or FIX Orchestra file with the counterparty's rules; in a FIXT.1.1
    session those of default_appl_ver_id. Not set: the built-in one of the version."""
    transport_dictionary: Path | None = Field(
        default=None, json_schema_extra={"quickfix": "TransportDataDictionary"}
    )
    """Likewise for the session layer of a FIXT.1.1 session."""
    appl_dictionaries: Mapping[ApplVersion, Path] = Field(default_factory=dict)
    """Likewise for versions in appl_ver_ids: { "FIX.4.4" = "their44.xml" }."""
    dialect: Annotated[str, Field(max_length=4096)] = ""
    """What the counterparty has otherwise than its dictionary says: an XML file in the format of
    fix_specs/dialects/example.xml, or the name of one that is there. "": nothing."""
    tag_rules: Path | None = None
    """TOML file of rules that change messages between the counterparty's FIX and ours, by message
    type and direction: tags renamed, removed, set, copied, values mapped. Not set: none."""
    log_messages: Switch | None = None
    """Whether its messages are written to the log as well; not set: as `messages` in [log] says."""

    @property
    def files(self) -> list[tuple[str, Path]]:
        """The files that the session names, by setting."""
        named = [
            ("dictionary", self.dictionary),
            ("transport_dictionary", self.transport_dictionary),
        ]
        named += [("appl_dictionaries", path) for path in self.appl_dictionaries.values()]
        if self.dialect and self.dialect not in fix_specs.DIALECTS:
            named.append(("dialect", Path(self.dialect)))
        named.append(("tag_rules", self.tag_rules))
        return [(name, path) for name, path in named if path is not None]
