"""From the configuration to brokers: over FIX, over APIs, in memory."""

from typing import Final

from gateway.brokers import BROKERS
from gateway.build_routes import venue_of
from gateway.config import ApiBroker, FixBroker, PaperBroker
from gateway.config import Broker as BrokerSettings
from gateway.events import LinkDefined
from gateway.known_links import KnownLinks, definition
from gateway.manners import STANDARD, Manners
from gateway.orders.inquiry import Reconcile
from gateway.orders.sheet import STATUS, Sheet
from gateway.prepared import Prepared
from gateway.setup import Broker
from gateway.translate.dialects import DIALECTS

SECOND_NS: Final = 1_000_000_000
OUR_DIALECT: Final = "FIX.4.4"
"""What is spoken with brokers that do not choose it."""
CLOSED_MAX: Final = 1000


def definition_of(config: BrokerSettings) -> LinkDefined:
    """The fact that makes its link known; the number is still to be given. Over an API it is that
    of one account.
    """
    if isinstance(config, FixBroker):
        return definition(config)
    if isinstance(config, PaperBroker):
        return LinkDefined(0, config.name, "paper", OUR_DIALECT, "", "")
    return LinkDefined(0, config.name, "api", OUR_DIALECT, config.type, config.account)


def build_broker(config: BrokerSettings, known: KnownLinks, prepared: Prepared) -> Broker:
    """A broker as the core sees it."""
    if isinstance(config, FixBroker):
        return _over_fix(config, known, prepared)
    link = known.get(definition_of(config))
    assert link is not None, f"broker {config.name} is not defined"
    if isinstance(config, ApiBroker):
        return _over_api(config, link.number)
    return Broker(
        name=config.name,
        link=link.number,
        dialect=DIALECTS[OUR_DIALECT],
        resend_age_max_ns=0,
        sheet=BROKERS[config.type].sheet,
        venue=venue_of(config),
    )


def _over_api(config: ApiBroker, link: int) -> Broker:
    return Broker(
        name=config.name,
        link=link,
        dialect=DIALECTS[OUR_DIALECT],
        resend_age_max_ns=0,
        sheet=BROKERS[config.type].sheet,
        reconcile=Reconcile(
            int(config.reconcile_time_limit_s * SECOND_NS),
            CLOSED_MAX,
            mass_status=True,
            ends_not_found=False,
        ),
        position_accounts=(config.account,) if config.account else (),
        quiet_ns=int(config.not_found_after_s * SECOND_NS),
        venue=venue_of(config),
    )


def _over_fix(config: FixBroker, known: KnownLinks, prepared: Prepared) -> Broker:
    dialect = prepared.dialects.of(config)
    sheet = config.capabilities.sheet(dialect.version)
    return Broker(
        name=config.name,
        link=known.of(config).number,
        dialect=dialect,
        resend_age_max_ns=int(config.resend_order_age_max_s * SECOND_NS),
        status_requests_per_s=config.status_requests_per_s,
        sheet=sheet,
        expires_here=config.day_end == "gateway",
        names_end_clients=config.names_end_clients,
        verbal_orders=config.verbal_orders == "report",
        reconcile=_reconcile(config, sheet),
        dont_know_trade=config.dont_know_trade,
        position_accounts=config.position_accounts,
        venue=venue_of(config),
        manners=_manners(config),
    )


def _manners(config: FixBroker) -> Manners:
    manners = Manners(
        digits_only=config.cl_ord_ids == "digits",
        names_first=config.orig_cl_ord_id == "first",
        counts_leaves=config.replace_order_qty == "leaves",
    )
    return STANDARD if manners == STANDARD else manners


def _reconcile(config: FixBroker, sheet: Sheet) -> Reconcile | None:
    """None where nothing waits: it is off, or there is nothing that the broker could be asked."""
    if config.reconcile == "off" or not (config.mass_status or STATUS in sheet.messages):
        return None
    return Reconcile(
        int(config.reconcile_time_limit_s * SECOND_NS),
        config.reconcile_closed_max,
        config.mass_status,
        config.when_not_found == "cancel",
    )
