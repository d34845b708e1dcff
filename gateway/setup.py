"""What the gateway is told before it starts: clients, brokers, routes, limits, instruments.

Nothing here changes while it runs, but clients of templates are added, and a reload makes all of it
anew; what changes is in `state`.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from gateway.copies import DropCopy
from gateway.days import Days
from gateway.manners import STANDARD, Manners
from gateway.orders.acks import Acks
from gateway.orders.inquiry import QUIET_NS, Inquiry, Reconcile
from gateway.orders.sheet import Sheet, full_sheet
from gateway.positions.inquiry import PositionInquiry
from gateway.prices.feed import Feed
from gateway.reference import Reference
from gateway.risk.flow import TokenBucket
from gateway.risk.limits import LimitTable
from gateway.routing import NO_BROKERS, RouteTable
from gateway.routing.venue import Venue
from gateway.translate.dialects import Dialect
from sessions.schedule import Schedule


class ListRules:
    """What a client may send of lists: orders in one, parts that wait for the others, and how long
    these may (ns). And whether an order that is executed in part cancels those that exclude it,
    and releases those that depend on it.
    """

    __slots__ = (
        "age_max_ns",
        "cancels_on_part",
        "fragments_max",
        "orders_max",
        "releases_on_part",
    )

    def __init__(
        self,
        orders_max: int = 500,
        fragments_max: int = 16,
        age_max_ns: int = 60_000_000_000,
        cancels_on_part: bool = True,
        releases_on_part: bool = True,
    ) -> None:
        self.orders_max = orders_max
        self.fragments_max = fragments_max
        self.age_max_ns = age_max_ns
        self.cancels_on_part = cancels_on_part
        self.releases_on_part = releases_on_part


ANYBODY: Final = "*"


class Client:
    """A client session; `accounts` empty: any account. The lengths and `open_orders_max` bound what
    is kept of it. `check_allocations`: allocated quantities must be those of the order.
    `on_behalf_of`: whom it may order for, ANYBODY among them for any; empty: it is one client, and
    nobody looks at OnBehalfOfCompID(115). `requests` is what it has left of its cancel rate; it is
    no part of the fold, since it only decides how requests that change nothing are refused. `entry`
    is what routes call it: its name, or that of the template it was made by; `scopes` are those of
    both. `emulates`: order types and times in force that the gateway may do itself for it, where a
    broker lacks them; `trigger_on`: what triggers those, "last" or "quote". `copies`: the drop
    copies that may be for its reports, which name it by its CompID. `news_on_halt`: it is told of
    halts that concern it. `schedule`: what its session keeps to. `strategy_tag`: the field of its
    orders that names their strategy, "" for none. `halt_scopes`: scopes that it may halt.
    `ex_destinations`: values of ExDestination(100) that routes heed of it.
    """

    __slots__ = (
        "accounts",
        "check_allocations",
        "comp_id",
        "copies",
        "default_account",
        "dialect",
        "emulates",
        "entry",
        "ex_destinations",
        "halt_scopes",
        "id_max_length",
        "link",
        "lists",
        "name",
        "news_on_halt",
        "on_behalf_of",
        "open_orders_max",
        "other_fields_max_length",
        "requests",
        "schedule",
        "scopes",
        "session_scopes",
        "strategy_tag",
        "trigger_on",
    )

    def __init__(
        self,
        *,
        name: str,
        link: int,
        dialect: Dialect,
        accounts: frozenset[str],
        default_account: str,
        id_max_length: int,
        other_fields_max_length: int,
        open_orders_max: int,
        check_allocations: bool = True,
        on_behalf_of: frozenset[str] = frozenset(),
        entry: str = "",
        lists: ListRules | None = None,
        emulates: frozenset[str] = frozenset(),
        trigger_on: str = "last",
        comp_id: str = "",
        news_on_halt: bool = False,
        schedule: Schedule | None = None,
        strategy_tag: str = "",
        halt_scopes: frozenset[str] = frozenset(),
        ex_destinations: frozenset[str] = NO_BROKERS,
    ) -> None:
        self.name = name
        self.halt_scopes = halt_scopes
        self.ex_destinations = ex_destinations
        self.strategy_tag = strategy_tag
        self.entry = entry or name
        self.comp_id = comp_id or name
        self.scopes = (f"client:{self.entry}", f"client:{name}")
        self.session_scopes = (f"session:{self.entry}", f"session:{name}")
        self.news_on_halt = news_on_halt
        self.schedule = schedule
        self.copies: tuple[DropCopy, ...] = ()
        self.link = link
        self.dialect = dialect
        self.accounts = accounts
        self.default_account = default_account
        self.id_max_length = id_max_length
        self.other_fields_max_length = other_fields_max_length
        self.open_orders_max = open_orders_max
        self.lists = lists or ListRules()
        self.check_allocations = check_allocations
        self.on_behalf_of = on_behalf_of
        self.requests = TokenBucket()
        self.emulates = emulates
        self.trigger_on = trigger_on


STATUS_REQUESTS_PER_S: Final = 100


class Broker:
    """A broker behind a link; `up` follows its session and is no part of the fold, nor is
    `inquiry`: what it is asked, `status_requests_per_s` at most; `asking`: it is not empty.
    `reconcile` None: only unknown orders are asked for; `reconciling`: new orders wait until it has
    answered. `dont_know_trade`: it wants to hear of executions that cannot be right. `sheet`: what
    it can do, all that its version can say where none is given. `expires_here`: orders whose day is
    over are expired by the gateway if it is asked for them in vain. `names_end_clients`: it is told
    whom an order is on behalf of. `verbal_orders`: its reports may begin orders that clients gave
    it by voice. `position_accounts`: those whose positions it is asked for, by `positions`. `acks`:
    how long its answers take, no part of the fold either. `quiet_ns`: what it does not find so long
    after it was asked first is not on its way either. `venue`: what it is to the router. `manners`:
    what it has in its own way.
    """

    __slots__ = (
        "acks",
        "asking",
        "dialect",
        "dont_know_trade",
        "expires_here",
        "inquiry",
        "link",
        "manners",
        "name",
        "names_end_clients",
        "position_accounts",
        "positions",
        "quiet_ns",
        "reconcile",
        "reconciling",
        "resend_age_max_ns",
        "sheet",
        "status_requests_per_s",
        "up",
        "venue",
        "verbal_orders",
    )

    def __init__(
        self,
        *,
        name: str,
        link: int,
        dialect: Dialect,
        resend_age_max_ns: int,
        status_requests_per_s: int = STATUS_REQUESTS_PER_S,
        sheet: Sheet | None = None,
        expires_here: bool = False,
        names_end_clients: bool = False,
        verbal_orders: bool = False,
        reconcile: Reconcile | None = None,
        dont_know_trade: bool = False,
        position_accounts: tuple[str, ...] = (),
        quiet_ns: int = QUIET_NS,
        venue: Venue | None = None,
        manners: Manners = STANDARD,
    ) -> None:
        self.name = name
        self.manners = manners
        self.quiet_ns = quiet_ns
        self.link = link
        self.dialect = dialect
        self.resend_age_max_ns = resend_age_max_ns
        self.status_requests_per_s = status_requests_per_s
        self.sheet = sheet or full_sheet(dialect.version)
        self.names_end_clients = names_end_clients
        self.verbal_orders = verbal_orders
        self.expires_here = expires_here
        self.reconcile = reconcile
        self.dont_know_trade = dont_know_trade
        self.venue = venue or Venue()
        self.reconciling = False
        self.asking = False
        self.acks = Acks()
        self.inquiry = Inquiry()
        self.position_accounts = position_accounts
        self.positions = PositionInquiry()
        self.up = False


class Setup:
    """All of it. `currency` is that of the money limits; `days` None: no business date is kept;
    `feeds`: who sends market data, brokers among them.
    """

    __slots__ = (
        "_ending_feeds",
        "brokers",
        "brokers_by_link",
        "clients",
        "copies",
        "currency",
        "day_end_grace_ns",
        "days",
        "feeds",
        "limits",
        "node",
        "reference",
        "routes",
    )

    def __init__(
        self,
        *,
        node: str,
        currency: str,
        clients: dict[int, Client],
        brokers: Mapping[str, Broker],
        routes: RouteTable,
        limits: LimitTable,
        reference: Reference,
        days: Days | None = None,
        day_end_grace_ns: int = 0,
        copies: Iterable[DropCopy] = (),
        feeds: Iterable[Feed] = (),
    ) -> None:
        self.node = node
        self.currency = currency
        self.copies = {copy.link: copy for copy in copies}
        self.feeds = {feed.link: feed for feed in feeds}
        self._ending_feeds: set[int] = set()
        self.clients: dict[int, Client] = {}
        for client in clients.values():
            self.add_client(client)
        self.brokers = brokers
        self.brokers_by_link = {broker.link: broker for broker in brokers.values()}
        self.routes = routes
        self.limits = limits
        self.reference = reference
        self.days = days
        self.day_end_grace_ns = day_end_grace_ns

    def dialect_of(self, link: int) -> Dialect:
        """That of a session which logs on to us."""
        client = self.clients.get(link)
        return client.dialect if client is not None else self.copies[link].dialect

    def add_client(self, client: Client) -> None:
        """A client that is there from now on."""
        self.clients[client.link] = client
        client.copies = tuple([c for c in self.copies.values() if c.may_want(client.scopes)])

    def take_over(self, before: "Setup", links: Mapping[int, object]) -> None:
        """Go on where the one before stood: which brokers are there, what clients have spent. Who
        is taken out stays known while its link is among `links`: its session is still ending.
        """
        for link, client in before.clients.items():
            if link in self.clients:
                self.clients[link].requests = client.requests
        for link, broker in before.brokers_by_link.items():
            if link in self.brokers_by_link:
                self.brokers_by_link[link].up = broker.up
                self.brokers_by_link[link].reconciling = broker.reconciling
                self.brokers_by_link[link].acks = broker.acks
                self.brokers_by_link[link].inquiry = broker.inquiry
                self.brokers_by_link[link].positions = broker.positions
                self.brokers_by_link[link].asking = broker.asking
            elif link in links:
                self.brokers_by_link[link] = broker
        for link, feed in before.feeds.items():
            if link in self.feeds:
                self.feeds[link].take_over(feed)
            elif link in links and link not in self.brokers_by_link:
                self.feeds[link] = feed
                self._ending_feeds.add(link)

    def feed_gone(self, link: int) -> None:
        """A session has ended; it may be one with market data."""
        feed = self.feeds.get(link)
        if feed is not None:
            feed.up = False

    def let_feed_go(self, link: int) -> None:
        """A session is there no more; one that is taken out was known only while it was."""
        if link in self._ending_feeds:
            self.feeds.pop(link, None)
