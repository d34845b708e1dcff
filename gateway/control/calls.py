"""What the parts of the client have in common: they ask, and get views."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, TypeVar

from pydantic import BaseModel

T = TypeVar("T", bound=BaseModel)


class Calls(ABC):
    """Part of the client, which says how it asks."""

    @abstractmethod
    def _one(self, view: type[T], method: str, path: str, **request: Any) -> T:
        """What a call answers with."""

    @abstractmethod
    def _many(self, view: type[T], method: str, path: str, **request: Any) -> list[T]:
        """The same of a call that answers with several."""
