"""What every section of the configuration has in common."""

from __future__ import annotations

from typing import Final

from pydantic import BaseModel, ConfigDict
from pydantic.config import JsonDict

NOT_SHOWN: Final[JsonDict] = {"shown": False}
"""`json_schema_extra` of a setting that an example of the configuration leaves out."""
STRICT: Final = ConfigDict(
    frozen=True, extra="forbid", use_attribute_docstrings=True, defer_build=True
)


class Section(BaseModel):
    """Base of all sections: never changed once read, and a key it does not know is an error."""

    model_config = STRICT
