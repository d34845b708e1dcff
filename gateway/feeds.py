"""From the configuration to feeds: whose sessions have market data, and for which symbols."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Final

from gateway.build_brokers import OUR_DIALECT, definition_of
from gateway.config import ApiBroker, FixBroker, MarketData
from gateway.known_links import KnownLinks
from gateway.prepared import Prepared
from gateway.prices.feed import Feed
from gateway.translate.dialects import DIALECTS

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
        elif isinstance(broker, ApiBroker) and broker.quotes:
            link = known.get(definition_of(broker))
            assert link is not None, f"broker {broker.name} is not defined"
            yield Feed(
                name=broker.name,
                link=link.number,
                dialect=DIALECTS[OUR_DIALECT],
                symbols=there,
                by_entry_time=True,
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
