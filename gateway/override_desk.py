"""The operators' desk for overrides: what two people let pass for a time, and no longer."""

from __future__ import annotations

from decimal import Decimal
from time import time_ns
from typing import Final

from gateway import events as ev
from gateway.control.errors import DeskError
from gateway.control.limit_models import OverrideLimit, OverrideView, PermitOrder
from gateway.limit_commands import Permit, in_force
from gateway.limit_desk import LimitDesk, bad_limit, permit_text
from gateway.operators import action, the_two
from gateway.risk.limit_changes import Said
from gateway.risk.limit_kinds import LIMITS
from gateway.risk.scope_limits import OFF_TEXT, ON_TEXT
from gateway.risk_desk import SIDES
from gateway.setup import Client
from sessions.values import format_decimal

OPEN_MAX: Final = 1000
"""Overrides at once: each segment of the journal repeats them, and orders look through them."""
DAY_NS: Final = 86_400_000_000_000
LASTS_MAX_DAYS: Final = 7


class OverrideDesk(LimitDesk):
    """Part of the desk. `who` are two people here: see `gateway.control.verbs`."""

    def overrides(self) -> list[OverrideView]:
        """What is overridden now, by number."""
        return [_view(said) for _, said in sorted(self._changes.overrides.items())]

    async def override_limit(self, ask: OverrideLimit, *, who: str) -> OverrideView:
        """Have a limit raised until an hour; then it is what it was."""
        engine, now = self._engine, time_ns()
        people, key = _two(who), (ask.scope, ask.limit)
        value = self._raised(ask, now)
        told: dict[str, str | int] = {"scope": ask.scope, "limit": ask.limit, "value": value}
        told["expires_ns"] = ask.expires_ns
        engine.operator(action(who, ask.reason, "limit override", **told), now)
        decision, number = engine.core.override_limit(
            key, value, ask.expires_ns, people, ask.reason, now
        )
        engine.perform_decision(decision)
        view = self._override(number)  # before it is used, or ends
        await engine.committer.flush()
        return view

    async def permit_order(self, ask: PermitOrder, *, who: str) -> OverrideView:
        """Let one order of a client pass the limits, once, until an hour."""
        engine, now = self._engine, time_ns()
        people = _two(who)
        self.look_at_permit(ask)
        quantity = format_decimal(ask.quantity.normalize())
        wanted = Permit(
            ask.client,
            quantity,
            cl_ord_id=ask.cl_ord_id,
            account=ask.account,
            symbol=ask.symbol,
            side=SIDES[ask.side] if ask.side else "",
        )
        told = ask.model_dump(mode="json", exclude={"reason"})
        engine.operator(action(who, ask.reason, "order permit", **told), now)
        decision, number = engine.core.permit_order(wanted, ask.expires_ns, people, ask.reason, now)
        engine.perform_decision(decision)
        view = self._override(number)  # before it is used, or ends
        await engine.committer.flush()
        return view

    async def revoke_override(self, number: int, *, who: str, why: str) -> list[OverrideView]:
        """End an override before its time."""
        engine, now = self._engine, time_ns()
        if number not in self._changes.overrides:
            remedy = "`fixgate limits overrides` shows those that are"
            raise DeskError("NO_OVERRIDE", f"override {number} is not in force", remedy, 404)
        engine.operator(action(who, why, "override revoke", number=number), now)
        engine.perform_decision(engine.core.revoke_override(number, who, why, now))
        await engine.committer.flush()
        return self.overrides()

    def _override(self, number: int) -> OverrideView:
        return _view(self._changes.overrides[number])

    # --- what is wrong with it --------------------------------------------------------------------

    def look_at_override(self, ask: OverrideLimit) -> None:
        """Raise DeskError if it could not be overridden."""
        self._raised(ask, time_ns())

    def look_at_permit(self, ask: PermitOrder) -> None:
        """Raise DeskError if no order could be permitted so."""
        self._look_at_end(ask.expires_ns, time_ns())
        self._look_at_order(ask)

    def _raised(self, ask: OverrideLimit, now: int) -> str:
        """The value as it is kept."""
        self._look_at_end(ask.expires_ns, now)
        value = self._sound(ask, now)
        held = in_force(self._engine.core.decision(now), (ask.scope, ask.limit))
        _look_at_value(ask.limit, held, value)
        return value

    def _look_at_end(self, expires_ns: int, now: int) -> None:
        if not now < expires_ns <= now + LASTS_MAX_DAYS * DAY_NS:
            text = f"it must end after now, and within {LASTS_MAX_DAYS} days"
            raise bad_limit(text)
        if len(self._changes.overrides) >= OPEN_MAX:
            text = f"{OPEN_MAX} overrides are in force already"
            raise DeskError("TOO_MANY_OVERRIDES", text, "revoke some: `fixgate limits overrides`")

    def _look_at_order(self, ask: PermitOrder) -> None:
        clients = [one for one in self._engine.core.setup.clients.values() if self._is(one, ask)]
        if not clients:
            remedy = "`fixgate sessions list` shows the clients"
            raise DeskError("UNKNOWN_CLIENT", f"there is no client {ask.client}", remedy, 404)
        described = (ask.account, ask.symbol, ask.side)
        if any(described) if ask.cl_ord_id else not all(described):
            raise bad_limit("say which order: its ClOrdID(11), or account, symbol and side")
        if ask.account and all(one.accounts and ask.account not in one.accounts for one in clients):
            told = ", ".join(sorted({name for one in clients for name in one.accounts}))
            raise bad_limit(f'{ask.client} has no account "{ask.account}"; it has: {told}')
        instruments = self._engine.core.setup.reference.instruments
        if ask.symbol and instruments and ask.symbol not in instruments:
            raise bad_limit(f'there is no symbol "{ask.symbol}" in the reference data')

    def _is(self, client: Client, ask: PermitOrder) -> bool:
        """Whether it is of a client session, by any name that it goes by."""
        scopes = self._engine.core.setup.limits.client_scopes(client.name)
        names = {scope.partition(":")[2] for scope in scopes}
        return ask.client in names | {client.name, client.entry}


def _two(who: str) -> tuple[str, str]:
    """Who asks and who approves."""
    people = the_two(who)
    if not people[1] or people[0] == people[1]:
        raise DeskError("TWO_PEOPLE", "an override takes two people", "ask another", 403)
    return people


def _look_at_value(limit: str, held: str, value: str) -> None:
    if value in (ON_TEXT, OFF_TEXT):
        raise bad_limit(f"an override is an amount: {limit} {value} is `fixgate limits set`")
    if held in ("", OFF_TEXT, ON_TEXT):
        raise bad_limit(f"{limit} is {held or 'not set'} here: there is nothing to override")
    kind = LIMITS.get(limit)
    tighter = kind is not None and kind.larger_is_tighter
    if Decimal(value) == Decimal(held) or (Decimal(value) > Decimal(held)) == tighter:
        raise bad_limit(f"{limit} is {held}: {value} lets nothing more pass")


def _view(said: Said) -> OverrideView:
    event = said.event
    if isinstance(event, ev.OrderPermitted):
        of = {"order": permit_text(event)}
    else:
        of = {"scope": event.scope, "limit": event.limit, "value": event.value}
    return OverrideView(
        number=event.number,
        requester=event.requester,
        approver=event.approver,
        why=event.why,
        since_ns=said.time_ns,
        expires_ns=event.expires_ns,
        **of,
    )
