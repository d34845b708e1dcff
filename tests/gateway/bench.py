"""A core with two clients and a broker, driven by messages: what tests of orders and risk use.

`Bench.client` and `Bench.broker` take the body of a message as `55=..|54=..` text and return what
the core sends because of it, as dicts by tag. Nothing is mocked; there is no session and no disk.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from gateway.breakers.rules import Breaker
from gateway.copies import DropCopy
from gateway.decide import Core
from gateway.decision import Decision
from gateway.events import LinkDefined, encode
from gateway.orders.order import Order
from gateway.reference import Instrument, Reference, ReferencePrice
from gateway.risk.fed_rates import FedRates
from gateway.risk.limits import NAMES, LimitTable
from gateway.risk.money import money_by_symbol
from gateway.risk.scope_limits import OFF, ScopeLimits
from gateway.routing import Route, RouteTable
from gateway.setup import Broker, Client, Setup
from gateway.state import State
from gateway.translate.dialects import DIALECTS
from sessions.message import Message

NOON = 1_795_262_400_000_000_000  # 2026-11-21 12:00:00 UTC
ACME, BETA, SIM = 1, 2, 3
SECOND = 1_000_000_000
ID_MAX, OTHER_FIELDS_MAX = 64, 200


def message(msg_type: str, body: str) -> Message:
    """An application message of `body` ("11=X|55=IBM"); header fields as far as the core reads."""
    pairs = [f"35={msg_type}", "34=7", *body.split("|")]
    fields: dict[str, str] = {}
    for pair in pairs:
        tag, _, value = pair.partition("=")
        fields.setdefault(tag, value)
    return Message(b"", msg_type, fields, pairs, len(fields) == len(pairs))


def limits_off(**values: Decimal | int | str) -> ScopeLimits:
    """Firm limits, all off but those given."""
    numbers = dict.fromkeys(NAMES, OFF) | {k: Decimal(v) for k, v in values.items()}
    return ScopeLimits("firm", instrument_known=False, values=numbers)


def instrument(symbol: str = "IBM", **changes: object) -> Instrument:
    """A share in USD with a cent of tick."""
    values: dict[str, object] = {
        "symbol": symbol,
        "security_type": "CS",
        "currency": "USD",
        "tick_size": Decimal("0.01"),
        "lot_size": Decimal(1),
        "multiplier": Decimal(1),
        "restricted": False,
    }
    return Instrument(**(values | changes))  # type: ignore[arg-type]  # of any type


class Bench:
    """One core. Sent messages are returned by each call; facts and alarms are kept."""

    def __init__(
        self,
        *limits: ScopeLimits,
        routes: list[Route] | None = None,
        instruments: list[Instrument] | None = None,
        closes: dict[str, ReferencePrice] | None = None,
        broker_version: str = "FIX.4.4",
        client_version: str = "FIX.4.4",
        accounts: frozenset[str] = frozenset(),
        refused_max: int = 100,
        parked_max: int = 100,
        open_orders_max: int = 1000,
        copies: Iterable[DropCopy] = (),
        shared: dict[str, str] | None = None,
        rates: dict[str, Decimal] | None = None,
        breakers: Iterable[Breaker] = (),
        fed_rates: dict[str, str] | None = None,
    ) -> None:
        self.scopes = list(limits) or [limits_off()]
        known = {i.symbol: i for i in (instruments or [instrument()])}
        table = LimitTable(
            self.scopes,
            clients=shared or {},
            sectors={symbol: one.sector for symbol, one in known.items() if one.sector},
            money=money_by_symbol(known, "USD", rates or {}),
            rates={"USD": Decimal(1), **(rates or {})},
            breakers=list(breakers),
            fed=FedRates(fed_rates, 3600 * SECOND),
            fed_instruments={
                symbol: (one.currency, one.multiplier)
                for symbol, one in known.items()
                if one.currency in (fed_rates or {})
            },
        )
        self.limits = table
        self.now = NOON
        self.events: list[tuple[int, bytes]] = []
        self.alarms: list[str] = []
        self.limits_hit: list[str] = []
        self.refused_max = refused_max
        self.parked_max = parked_max
        state = State(table, refused_max, parked_max)
        state.book.at_hand_max = 1  # so that tests take orders from the shelf
        self._define(state, "ACME", "client", ACME, client_version)
        self._define(state, "BETA", "client", BETA, "FIX.4.2")
        self._define(state, "SIM", "broker", SIM, broker_version)
        clients = {
            ACME: self._client("ACME", ACME, client_version, accounts, open_orders_max),
            BETA: self._client("BETA", BETA, "FIX.4.2", accounts, open_orders_max),
        }
        broker = Broker(
            name="SIM",
            link=SIM,
            dialect=DIALECTS[broker_version],
            resend_age_max_ns=5 * SECOND,
        )
        broker.up = True
        self.setup = Setup(
            node="A",
            currency="USD",
            clients=clients,
            brokers={"SIM": broker},
            routes=RouteTable(routes or [Route(name="all", broker="SIM")]),
            limits=table,
            reference=Reference(
                known,
                closes if closes is not None else {"IBM": ReferencePrice(Decimal(100), NOON - 1)},
                3600 * SECOND,
            ),
            copies=copies,
        )
        self.core = Core(self.setup, state)

    def _define(self, state: State, name: str, role: str, number: int, version: str) -> None:
        event = LinkDefined(number, name, role, version, "GATE", name)
        state.apply(event, self.now, b"")
        self.events.append((self.now, encode(event)))

    def _client(
        self, name: str, link: int, version: str, accounts: frozenset[str], open_orders_max: int
    ) -> Client:
        return Client(
            name=name,
            link=link,
            dialect=DIALECTS[version],
            accounts=accounts,
            default_account="ACC",
            id_max_length=ID_MAX,
            other_fields_max_length=OTHER_FIELDS_MAX,
            open_orders_max=open_orders_max,
        )

    # --- driving --------------------------------------------------------------------------------

    def client(self, body: str, link: int = ACME) -> list[dict[str, str]]:
        """A client's message, "35=D|11=X|..."; returns what goes out to anyone."""
        msg_type, _, rest = body.partition("|")
        return self.took(self.core.message(link, message(msg_type[3:], rest), "", self.now))

    def broker(self, body: str) -> list[dict[str, str]]:
        """A broker's message, "35=8|11=..|..."; returns what goes out to anyone."""
        return self.client(body, SIM)

    def order(self, cl_ord_id: str = "X", link: int = ACME, **changes: str) -> list[dict[str, str]]:
        """A limit order for 100 IBM at 100, with changes such as `tag38="200"`."""
        fields = {"11": cl_ord_id, "55": "IBM", "54": "1", "38": "100", "40": "2", "44": "100"}
        fields |= {tag.removeprefix("tag"): value for tag, value in changes.items()}
        body = "|".join(f"{tag}={value}" for tag, value in fields.items() if value)
        return self.client(f"35=D|{body}|60=20261121-12:00:00", link)

    def roll_day(self, date: int, most: int = 1000) -> list[dict[str, str]]:
        """A business date (yyyymmdd) begins, and so many of the open orders roll."""
        self.took(self.core.begin_day(date, "", "", self.now))
        return self.took(self.core.roll_some(most, frozenset(), self.now))

    def took(self, decision: Decision) -> list[dict[str, str]]:
        """Keep a decision's facts and alarms; returns its messages."""
        self.events += [(decision.now, payload) for _, payload in decision.events]
        self.alarms += decision.alarms
        self.limits_hit += [decision.limit] if decision.limit else []
        return [self._sent(s.link, s.msg_type, s.body) for s in decision.sends]

    def _sent(self, link: int, msg_type: str, body: str) -> dict[str, str]:
        assert body.endswith("\x01"), body
        pairs = body[:-1].split("\x01")
        fields = dict(pair.partition("=")[::2] for pair in pairs)
        assert "" not in fields.values(), f"an empty field in {body!r}"
        return {"link": str(link), "35": msg_type, **fields}

    def found(self, cl_ord_id: str = "X", link: int = ACME) -> Order:
        """The order of a ClOrdID(11)."""
        order = self.core.state.book.find_of_client(link, cl_ord_id)
        assert order is not None, f"ClOrdID(11) {cl_ord_id} names no order"
        return order

    def refolded(self) -> State:
        """A new state from the events so far, as a restart would make it."""
        state = State(self.limits, self.refused_max, self.parked_max)
        for now, payload in self.events:
            state.fold(payload, now)
        return state
