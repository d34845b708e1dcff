"""The operators' desk for the record: seals on demand, and who reads."""

from time import time_ns

from gateway.control.audit_models import Read, ReadView, SealView
from gateway.control.errors import DeskError
from gateway.engine import Engine
from gateway.operators import action
from gateway.sealer import Sealer
from store.errors import StoreError


class SealDesk:
    """Part of the desk; `_engine` and `_sealer` are those of the whole."""

    _engine: Engine
    _sealer: Sealer

    async def seal(self, *, who: str, why: str) -> SealView:
        """Seal the record up to now."""
        self._engine.operator(action(who, why, "audit seal"), time_ns())
        try:
            made = await self._sealer.seal(f"asked by {who}: {why}" if why else f"asked by {who}")
        except StoreError as error:
            remedy = "`fixgate audit verify` shows how the record stands"
            raise DeskError("NOT_SEALED", str(error), remedy) from error
        return SealView(**{name: getattr(made, name) for name in SealView.model_fields})

    async def record_read(self, ask: Read, *, who: str) -> ReadView:
        """Keep that somebody reads the record."""
        self._engine.operator(action(who, "", ask.command, **ask.asked), time_ns())
        await self._engine.committer.flush()
        return ReadView(who=who)
