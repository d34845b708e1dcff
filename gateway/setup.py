"""What the gateway is told before it starts: clients, brokers, routes, limits, instruments.

Nothing here changes while it runs, but clients of templates are added; what changes is in `state`.
"""

from collections.abc import Mapping

from gateway.reference import Reference
from gateway.risk.flow import TokenBucket
from gateway.risk.limits import LimitTable
from gateway.routing import RouteTable
from gateway.translate.dialects import Dialect


class Client:
    """A client session; `accounts` empty: any account. The lengths and `open_orders_max` bound what
    is kept of it. `requests` is what it has left of its cancel rate; it is no part of the fold,
    since it only decides how requests that change nothing are refused. `entry` is what routes call
    it: its name, or that of the template it was made by.
    """

    __slots__ = (
        "accounts",
        "default_account",
        "dialect",
        "entry",
        "id_max_length",
        "link",
        "name",
        "open_orders_max",
        "other_fields_max_length",
        "requests",
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
        entry: str = "",
    ) -> None:
        self.name = name
        self.entry = entry or name
        self.link = link
        self.dialect = dialect
        self.accounts = accounts
        self.default_account = default_account
        self.id_max_length = id_max_length
        self.other_fields_max_length = other_fields_max_length
        self.open_orders_max = open_orders_max
        self.requests = TokenBucket()


class Broker:
    """A broker behind a link; `up` follows its session and is no part of the fold."""

    __slots__ = ("dialect", "link", "name", "resend_age_max_ns", "up")

    def __init__(self, *, name: str, link: int, dialect: Dialect, resend_age_max_ns: int) -> None:
        self.name = name
        self.link = link
        self.dialect = dialect
        self.resend_age_max_ns = resend_age_max_ns
        self.up = False


class Setup:
    """All of it. `currency` is that of the money limits."""

    __slots__ = (
        "brokers",
        "brokers_by_link",
        "clients",
        "currency",
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
    ) -> None:
        self.node = node
        self.currency = currency
        self.clients = clients
        self.brokers = brokers
        self.brokers_by_link = {broker.link: broker for broker in brokers.values()}
        self.routes = routes
        self.limits = limits
        self.reference = reference
