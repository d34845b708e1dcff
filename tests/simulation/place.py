"""Everything of one simulation: clock, network, disk, gateway, clients, broker, taker of copies."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from gateway.config.load import ConfigFile
from gateway.orders.order import Order
from gateway.routing import SPLIT
from tests.gateway.end_to_end import settings
from tests.gateway.end_to_end.copy_taker import CopyTaker
from tests.simulation.clock import Clock
from tests.simulation.disk import Disk
from tests.simulation.gate import Gate
from tests.simulation.loop import SimulatedLoop
from tests.simulation.network import Network
from tests.simulation.trader import HELD_MIX, MIX, Trader
from tools.broker_simulator import BrokerSettings, BrokerSimulator, ExecutionMade
from tools.broker_simulator.book import Order as HeldOrder
from tools.client_simulator import ClientSettings
from tools.fix_peer.settings import BEGIN_STRINGS, FIXT

START: Final = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
CLIENT_PORT: Final = 5001
BROKER_PORT: Final = 9878
RULES: Final = """\
version = "1"
[[sent]]
messages = ["*"]
set = 128
value = "FLOOR"
[[sent]]
messages = ["D", "G"]
copy = 1
to = 6001
[[received]]
messages = ["8", "9"]
default = 58
value = "said nothing"
"""
Tables = dict[str, Any]
CLIENTS: Final = ("ACME", "BETA")
SLICED_EVERY: Final = 4  # seeds
PATIENT: Final = {"max_latency_s": 3600}  # stalled messages come late, and are good all the same
RECONNECT: Final = {"reconnect_first_s": 0.05, "reconnect_max_s": 2.0}


class Place:
    """Made from one seed; the folder holds what everybody's disks hold. `closes`: a breaker closes
    positions now and then; `strategy`: there are two brokers, and orders go to both by it; "": one.
    """

    def __init__(self, seed: int, folder: Path, closes: bool = False, strategy: str = "") -> None:
        self.closes = closes
        self.dice = random.Random(seed)
        self.folder = folder
        self.clock = Clock(int(START.timestamp()) * 1_000_000_000)
        self.loop = SimulatedLoop(self.clock)
        self.network = self.loop.network = Network(self.loop, random.Random(f"{seed}/network"))
        self.disk = Disk(random.Random(f"{seed}/disk"))
        self.versions = draw_versions(random.Random(f"{seed}/versions"))
        self.tables = draw_tables(self.dice, self.versions)
        self.holds = emulate(self.tables, random.Random(f"{seed}/emulate"))
        self.slices = seed % SLICED_EVERY == 0
        if self.slices:
            slice_icebergs(self.tables)
        if random.Random(f"{seed}/rules").random() < 0.5:
            self.tables["brokers"][0]["tag_rules"] = "rules.toml"
        if strategy:
            lead_to_two(self.tables, strategy)
        write_tables(folder, self.tables)
        self.file = ConfigFile(folder / "fixgate.toml")
        self.gate = Gate(self.file, self.loop, self.disk, random.Random(f"{seed}/gate"))
        first = self._broker_settings(seed)
        made = [first]
        if strategy:
            two = {"sender": "TWO", "port": BROKER_PORT + 1, "state": folder / "two"}
            made = [replace(first, quotes=quotes("0"))]
            made.append(replace(first, quotes=quotes("0"), **two))
        self.brokers = {one.sender: BrokerSimulator(one, self.clock.utc_ns) for one in made}
        self.taker = self._new_taker()
        self.has_lost = False  # whether some answers of the broker are lost for ever
        self.executions: list[ExecutionMade] = []  # of the broker's earlier lives
        self.traders = [
            Trader(
                ClientSettings(
                    sender=name,
                    begin_string=self.versions[name],
                    port=CLIENT_PORT,
                    heart_bt_int_s=self.dice.choice((2, 10, 30)),
                    seed=seed,
                    state=folder / "clients",
                    **RECONNECT,
                ),
                random.Random(f"{seed}/{name}"),
                self.clock.utc_ns,
                HELD_MIX if self.holds else MIX,
                random.Random(f"{seed}/{name}/shown") if self.slices else None,
                allocates=strategy != SPLIT,
            )
            for name in CLIENTS
        ]

    def _broker_settings(self, seed: int) -> BrokerSettings:
        dice = self.dice
        return BrokerSettings(
            port=BROKER_PORT,
            begin_string=self.versions["SIM"],
            fill=dice.choice(("full", "random", "partial:3", "half")),
            ack_delay_ms=dice.choice((0, 2, 50, 800)),
            fill_delay_ms=dice.choice((0, 3, 300)),
            pending_acks=dice.random() < 0.3,
            mass_status=dice.random() < 0.5,
            reject_rate=dice.choice((0, 0.1)),
            duplicate_rate=dice.choice((0, 0.2)),
            reorder_rate=dice.choice((0, 0.2)),
            late_fill_rate=dice.choice((0, 0.3)),
            disconnect_every=dice.choice((0, 0, 50)),
            seed=seed,
            state=self.folder / "broker",
        )

    def some_broker(self) -> BrokerSimulator:
        """One of them, where there are several."""
        brokers = list(self.brokers.values())
        return brokers[0] if len(brokers) == 1 else self.dice.choice(brokers)

    async def restart_broker(self, old: BrokerSimulator, rest_s: float) -> None:
        """A broker dies and comes back with what is on its disk."""
        await old.kill()
        self.executions += old.truth.executions
        new = BrokerSimulator(old.settings, self.clock.utc_ns)
        self.brokers[old.settings.sender] = new
        new.truth.doubled += old.truth.doubled
        await asyncio.sleep(rest_s)
        await new.start()

    def found_at_broker(self, broker_cl_ord_id: str) -> HeldOrder | None:
        """The order that a broker has under this ClOrdID(11)."""
        for broker in self.brokers.values():
            held = broker.core.book.find(broker_cl_ord_id)
            if held is not None:
                return held
        return None

    def quantity_at_broker(self, order: Order) -> Decimal:
        """OrderQty(38) as the broker has it, which may have replaced the order after the gateway
        had given that up; 0 if the broker has no such order.
        """
        held = self.found_at_broker(order.broker_cl_ord_id)
        return held.quantity if held is not None else Decimal(0)

    def _new_taker(self) -> CopyTaker:
        file = self.folder / "clients" / "RISK.jsonl"
        return CopyTaker(CLIENT_PORT, file=file, clock=self.clock.utc_ns)

    async def restart_taker(self, rest_s: float) -> None:
        """The risk system dies and comes back with what is on its disk."""
        await self.taker.kill()
        await asyncio.sleep(rest_s)
        self.taker = self._new_taker()
        await self.taker.start()

    @property
    def reconciles(self) -> bool:
        """Whether the broker is asked for all of its orders."""
        return bool(self.tables["brokers"][0]["reconcile"] == "orders")

    @property
    def executions_made(self) -> set[str]:
        """ExecID(17) of every fill the brokers ever made."""
        living = [made for broker in self.brokers.values() for made in broker.truth.executions]
        return {made.exec_id for made in [*self.executions, *living]}


def draw_versions(dice: random.Random) -> dict[str, str]:
    """BeginString(8) of each session."""
    return {
        "ACME": dice.choice(("FIX.4.4", FIXT)),
        "BETA": "FIX.4.2",
        "SIM": dice.choice(BEGIN_STRINGS),
    }


def draw_tables(dice: random.Random, versions: dict[str, str]) -> Tables:
    """A configuration by chance."""
    broker = settings.fix_broker(
        BROKER_PORT,
        reconnect_max_s=1,
        **PATIENT,
        heart_bt_int_s=dice.choice((2, 10, 30)),
        resend_order_age_max_s=dice.choice((0, 1, 5, 60)),
        **settings.session(versions["SIM"]),
        reconcile=dice.choice(("orders", "orders", "orders", "off")),
        mass_status=dice.random() < 0.5 and versions["SIM"] >= "FIX.4.4",
    )
    route: Tables = {"name": "all", "broker": "SIM", "when_down": dice.choice(("refuse", "queue"))}
    route["queue_age_max_s"] = dice.choice((1, 10))
    day, broker["day_end"] = draw_day(dice)
    route["while_reconciling"] = dice.choice(("refuse", "queue"))
    return {
        "day": day,
        "journal": {"writer": dice.choice(("inline", "inline", "thread"))},
        "audit": {"enabled": False},
        "listeners": [{"port": CLIENT_PORT}],
        "clients": [
            settings.client(name, **PATIENT, news_on_halt=True, dialect="linked_orders")
            | settings.session(versions[name])
            for name in CLIENTS
        ],
        "drop_copies": [settings.drop_copy("RISK", **PATIENT)],
        "brokers": [broker],
        "routes": [route],
        "risk.limits": [dict(settings.FIRM)],
        "breakers": breakers(),
    }


def breakers() -> list[Tables]:
    """Breakers that operators trip: nothing here reaches their thresholds."""
    fast: Tables = {"condition": "order_rate", "threshold": 1_000_000, "window_s": 1}
    slow: Tables = {"condition": "ack_latency", "threshold": 10**9, "window_s": 1, "min_count": 1}
    return [
        fast
        | {
            "name": "STOP",
            "scopes": ["account:*", "client:*"],
            "actions": ["halt", "cancel_open"],
            "halt_level": "cancel-only",
        },
        fast
        | {"name": "SLOW", "scopes": ["session:*"], "actions": ["slow_down"], "slow_to_per_s": 1},
        fast
        | {
            "name": "CLOSE",
            "scopes": ["account:*", "symbol:*"],
            "actions": ["reduce_only", "cancel_open", "close_positions"],
            "close_positions": "yes, by market orders",
        },
        slow
        | {
            "name": "ROUTE",
            "scopes": ["broker:*"],
            "actions": ["switch_route"],
            "probe_after_s": 1,
            "probes": 1,
        },
    ]


def draw_day(dice: random.Random) -> tuple[Tables, str]:
    """Business dates, one of which begins while there is trade, and who ends the orders of the one
    before. Only a broker that has long been silent is taken at its silence.
    """
    if dice.random() < 0.3:
        return {}, "broker"
    begins = START + timedelta(seconds=dice.randint(5, 60))
    day_end, grace_s = dice.choice((("broker", 0.5), ("broker", 10), ("gateway", 120)))
    return {"roll_time": f"{begins:%H:%M:%S}", "end_grace_s": grace_s}, day_end


def emulate(tables: Tables, dice: random.Random) -> bool:
    """By chance the broker takes no stops, and the gateway does: then it holds orders."""
    if dice.random() < 0.5:
        return False
    for client in tables["clients"]:
        client["emulate"] = ["stop", "stop_limit"]
        client["trigger_on"] = dice.choice(("last", "last", "quote"))
    tables["brokers"][0]["capabilities"] = {"order_types": ["market", "limit"]}
    return True


def lead_to_two(tables: Tables, strategy: str) -> None:
    """There is a second broker, both show prices, and orders go to them by a strategy."""
    first = tables["brokers"][0]
    first["quotes"] = True
    port = BROKER_PORT + 1
    second = {"name": "TWO", "target_comp_id": "TWO", "hosts": [f"127.0.0.1:{port}"]}
    tables["brokers"].append({**first, **second})
    route = tables["routes"][0]
    del route["broker"]
    route |= {"brokers": ["SIM", "TWO"], "strategy": strategy, "failover": True}
    tables["routing"] = {"quote_max_age_s": 3600}


def quotes(away: str) -> dict[str, tuple[Decimal, Decimal]]:
    """Bid and ask so far from the middle."""
    middles = {symbol: Decimal(price) for symbol, price in settings.PRICES.items()}
    return {symbol: (m - Decimal(away), m + Decimal(away)) for symbol, m in middles.items()}


def slice_icebergs(tables: Tables) -> None:
    """The broker can hide no part of an order, and the gateway slices what is to be hidden."""
    for client in tables["clients"]:
        client["emulate"] = [*client.get("emulate", ()), "iceberg"]
    tables["brokers"][0].setdefault("capabilities", {})["features"] = ["enlarge_filled"]


def vary(tables: Tables, dice: random.Random) -> None:
    """Change one setting: of a limit, of the route, or one for which a session logs out."""
    section, values = dice.choice(
        (
            ("risk.limits", {"max_open_orders": dice.choice((5, 100_000))}),
            ("routes", {"when_down": dice.choice(("refuse", "queue"))}),
            ("clients", {"stash_max_messages": dice.choice((1_000, 10_000))}),
            ("clients", {"cancel_on_disconnect": dice.choice(("off", "day", "all"))}),
            ("brokers", {"heart_bt_int_s": dice.choice((2, 10, 30))}),
        )
    )
    dice.choice(tables[section]).update(values)


def write_tables(folder: Path, tables: Tables) -> None:
    """The configuration, and what it refers to."""
    settings.write(folder, tables)
    (folder / "rules.toml").write_text(RULES)
    time = f"{START:%Y-%m-%dT%H:%M:%SZ}"
    closes = [f"{symbol},{price},{time}" for symbol, price in settings.PRICES.items()]
    (folder / "closes.csv").write_text("\n".join(["symbol,price,time", *closes, ""]))
