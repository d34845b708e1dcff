"""Hands each alarm to the sinks that want it, once it is durable; knows them all.

Owns which sinks there are, from one configuration to the next.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from time import monotonic, time_ns
from typing import Final

from gateway.alarm_codes import GATEWAY_FAILED, TEST
from gateway.alarm_list import alarm_key
from gateway.alerts.alert import Alert, Sink, UndeliveredError
from gateway.alerts.courier import Courier, Remote
from gateway.alerts.gate import Gate
from gateway.alerts.mail import Mail
from gateway.alerts.news_feed import NewsFeed
from gateway.alerts.webhook import Webhook
from gateway.config.alerts import EVERY, EmailSink, NewsSink, WebhookSink
from gateway.config.alerts import Alert as Config
from gateway.control.alert_models import SinkTestView
from gateway.control.views import SinkView
from gateway.engine import Engine

NS: Final = 1_000_000_000
GRACE_S: Final = 5.0  # for what waits when the process ends


class _Fed:
    """A sink, what it is sent by, and which alarms it has been sent."""

    def __init__(self, config: Config, feed: Courier | NewsFeed) -> None:
        self.config = config
        self.feed = feed
        self.gate = Gate()

    def wants(self, code: str) -> bool:
        return EVERY in self.config.codes or code in self.config.codes


class Alerts:
    """All sinks of a gateway."""

    def __init__(self, engine: Engine, node: str) -> None:
        self._engine = engine
        self._node = node
        self._sinks: dict[str, _Fed] = {}
        self._is_started = False

    # --- which there are ------------------------------------------------------------------------

    def renew(self, configs: Sequence[Config]) -> None:
        """Have these sinks; those that stay keep what waits and what they know."""
        before, self._sinks = self._sinks, {}
        for config in configs:
            fed = before.get(config.name)
            if fed is None or fed.config.type != config.type:
                fed = _Fed(config, self._feed(config))
            else:
                del before[config.name]
                _use(fed, config)
            self._sinks[config.name] = fed
        for gone in before.values():
            gone.feed.end()

    def _feed(self, config: Config) -> Courier | NewsFeed:
        if isinstance(config, NewsSink):
            return NewsFeed(config, self._engine, self._node)
        courier = Courier(config, self._make)
        if self._is_started:
            courier.start()
        return courier

    def _make(self, config: Remote) -> Sink:
        if isinstance(config, WebhookSink):
            return Webhook(config, self._node)
        return Mail(config, self._node)

    # --- running --------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to deliver; what came before has waited."""
        self._is_started = True
        for courier in self._couriers():
            courier.start()

    def _couriers(self) -> list[Courier]:
        feeds = [fed.feed for fed in self._sinks.values()]
        return [feed for feed in feeds if isinstance(feed, Courier)]

    def raised(self, code: str, text: str, now: int) -> None:
        """An alarm was journalled: whoever wants it gets it when it is durable."""
        if not self._sinks:
            return
        key = alarm_key(code, text)
        alarm = self._engine.core.state.alarms.get(key)
        assert alarm is not None, f"alarm {key}: raised and not in sight"
        for fed in self._sinks.values():
            if not fed.wants(code):
                continue
            every_ns = int(fed.config.repeat_every_s * NS)
            count = fed.gate.passes(key, alarm.count, now, every_ns)
            if count:
                alert = Alert(key, code, text, count, alarm.first_ns, now)
                self._engine.committer.outbox.after(partial(fed.feed.put, alert))

    def failing(self, text: str) -> None:
        """The process ends by a fault: nothing can be journalled any more, but people can hear."""
        now = time_ns()
        alert = Alert(alarm_key(GATEWAY_FAILED, text), GATEWAY_FAILED, text, 1, now, now)
        for fed in self._sinks.values():
            if isinstance(fed.feed, Courier) and fed.wants(GATEWAY_FAILED):
                fed.feed.put(alert)

    async def test(self, name: str, who: str) -> SinkTestView:
        """Send a sink something now, once; raises KeyError if there is none of that name."""
        fed = self._sinks[name]
        now = time_ns()
        text = f"a test of sink {name} by {who}"
        alert = Alert(alarm_key(TEST, text), TEST, text, 1, now, now)
        began, delivered = monotonic(), True
        try:
            if isinstance(fed.feed, Courier):
                said = await asyncio.to_thread(fed.feed.try_once, alert)
            else:
                said = fed.feed.try_once([alert])
        except UndeliveredError as error:
            said, delivered = str(error), False
        took_ms = int((monotonic() - began) * 1000)
        return SinkTestView(
            name=name, type=fed.config.type, delivered=delivered, text=said, took_ms=took_ms
        )

    def views(self) -> list[SinkView]:
        """What became of alerts, sink by sink."""
        return [
            SinkView(
                name=name,
                type=fed.config.type,
                sent=fed.feed.counts.sent,
                failed=fed.feed.counts.failed,
                dropped=fed.feed.counts.dropped,
                waiting=fed.feed.waiting,
                problem=fed.feed.counts.problem,
            )
            for name, fed in self._sinks.items()
        ]

    async def stop(self) -> None:
        """Deliver what waits, within a short grace."""
        until = monotonic() + GRACE_S
        for fed in self._sinks.values():
            fed.feed.end()
        for courier in self._couriers():
            await asyncio.to_thread(courier.join, max(until - monotonic(), 0))


def _use(fed: _Fed, config: Config) -> None:
    """Other settings of the same type; a sink that did not change is left alone."""
    if config == fed.config:
        return
    fed.config = config
    if isinstance(fed.feed, NewsFeed):
        assert isinstance(config, NewsSink), f"sink {config.name} is of another type"
        fed.feed.use(config)
    else:
        assert isinstance(config, WebhookSink | EmailSink), f"sink {config.name} likewise"
        fed.feed.use(config)
