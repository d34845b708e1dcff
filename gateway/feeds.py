"""From the configuration to feeds: whose sessions have market data, and for which symbols."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Final

from gateway.config import FixBroker, MarketData
from gateway.known_links import KnownLinks
from gateway.prepared import Prepared
from gateway.prices.feed import Feed

MS_NS: Final = 1_000_000


def build_feeds(prepared: Prepared, known: KnownLinks) -> Iterator[Feed]:
    """Of sessions that are for market data alone, and of brokers with quotes."""
    config = prepared.config
    there = [*prepared.reference.instruments, *config.risk.fed_rates.values()]
    for one in config.market_data:
        yield _feed(one, known, prepared, there)
    for broker in config.brokers:
        if isinstance(broker, FixBroker) and broker.quotes:
            yield Feed(
                name=broker.name,
                link=known.of(broker).number,
                dialect=prepared.dialects.of(broker),
                symbols=there,
            )


def _feed(config: MarketData, known: KnownLinks, prepared: Prepared, there: list[str]) -> Feed:
    return Feed(
        name=config.name,
        link=known.of(config).number,
        dialect=prepared.dialects.of(config),
        symbols=[s for s in there if any(fnmatchcase(s, wanted) for wanted in config.symbols)],
        kinds=config.entries,
        conflate_ns=config.conflate_ms * MS_NS,
        per_request=config.symbols_per_request,
        incremental=config.updates == "incremental",
        keeps_frames=config.record == "all",
        by_entry_time=config.price_time == "entry",
    )
