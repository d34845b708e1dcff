"""What the settings of a session are made of: kinds of values, and the base of their groups."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, Strict

Switch = Annotated[bool, Strict()]
Whole = Annotated[int, Strict()]
HeaderText = Annotated[str, Field(pattern=r"^[\x20-\x7e]*$", max_length=64)]
Credential = Annotated[str, Field(pattern=r"^[\x20-\x7e]*$", max_length=1024)]
CompID = Annotated[str, Field(pattern=r"^[\x21-\x7e]+$", max_length=64)]


class Settings(BaseModel):
    """Base of all groups: never changed once read, a key that is not known is an error.

    A field's `json_schema_extra={"quickfix": NAME}` names the setting of QuickFIX, or of its kin,
    that it corresponds to.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, defer_build=True
    )
