"""The operators' desk for news: who is told what."""

from collections.abc import Sequence
from time import time_ns

from gateway.control.desk import unknown_session
from gateway.control.requests import News
from gateway.control.views import NewsView
from gateway.engine import Engine
from gateway.news import named
from gateway.operators import action
from gateway.setup import Client


class NewsDesk:
    """Part of the desk; `_engine` is that of the whole."""

    _engine: Engine

    async def send_news(self, news: News, *, who: str) -> NewsView:
        """Send News(B) to all clients, or to those that are named, by their entries or sessions."""
        engine = self._engine
        clients = self._named(news.clients)
        now = time_ns()
        details = {"headline": news.headline, "text": news.text, "urgency": news.urgency}
        to = ", ".join(client.name for client in clients)
        engine.operator(action(who, news.reason, "news", **details, clients=to), now)
        lines = news.text.splitlines()
        decision = engine.core.news(clients, news.headline, lines, news.urgency, now)
        engine.perform_decision(decision)
        await engine.committer.flush()
        return NewsView(
            headline=news.headline,
            clients=[client.name for client in clients],
            away=[c.name for c in clients if not engine.links[c.link].session.logged_on],
        )

    def look_at_news(self, ask: News) -> None:
        """Raise DeskError if somebody who is named is not there."""
        self._named(ask.clients)

    def _named(self, names: Sequence[str]) -> list[Client]:
        setup = self._engine.core.setup
        clients = list(setup.clients.values())
        known = {name for client in clients for name in (client.entry, client.name)}
        for name in names:
            if name not in known:
                raise unknown_session(name, known)
        return named(setup, names) if names else clients
