"""Checks the passwords of clients before any session hears of their Logon(A).

One at a time in a thread, so that neither the loop waits nor strangers keep the machine busy: the
next one is of another address, and an address that was wrong too often is not looked at for a
while. A wrong user takes as long as a wrong password, and neither is answered.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from hmac import compare_digest
from time import time_ns
from typing import Final

import structlog

from gateway import passwords
from gateway.attempts import Attempts
from gateway.config import AcceptorLink, Config
from gateway.engine import Engine
from gateway.events import PasswordChanged, Unlocked
from gateway.link import Link
from gateway.lockouts import ANY_NEW
from gateway.templates import template_of
from gateway.waiting import Line
from sessions.addresses import address_of
from sessions.fields import ENCRYPTED_NEW_PASSWORD, NEW_PASSWORD, PASSWORD, USERNAME
from sessions.message import Message, parse
from sessions.transport import Connection
from sessions.values import format_utc_timestamp

log = structlog.get_logger("fixgate")

AUTHENTICATION: Final = "AUTHENTICATION"
"""Code of the alarm for a Logon(A) with a wrong Username(553) or Password(554)."""


HUNG_UP: Final = "it hung up before its password was checked"


class Verdict:
    """What came of a Logon(A): `good`, or `why` it is refused without a word. Of a good one,
    `new_hash`: what its NewPassword(925) comes to, `instead_of` the configured one; `fault`: why it
    is not taken; "" for neither. `client`: by whose settings it was looked at.
    """

    __slots__ = ("client", "fault", "good", "instead_of", "new_hash", "why")

    def __init__(
        self,
        good: bool,
        *,
        why: str = "",
        new_hash: str = "",
        instead_of: str = "",
        fault: str = "",
    ) -> None:
        self.client: AcceptorLink | None = None
        self.good = good
        self.instead_of = instead_of
        self.why = why
        self.new_hash = new_hash
        self.fault = fault


class _Attempt:
    """A Logon(A) that waits for its verdict."""

    __slots__ = ("address", "answer", "client", "connection", "entry", "fault", "said")

    def __init__(
        self,
        client: AcceptorLink,
        said: dict[str, str],
        connection: Connection,
        answer: Callable[[Verdict], None],
    ) -> None:
        self.client = client
        self.said = said
        self.connection = connection
        self.answer = answer
        self.address = address_of(connection.peer)
        self.entry = client.name
        self.fault = ""


class Guard:
    """`check` answers at once where no password is asked for, else when its turn has come."""

    def __init__(self, config: Config, engine: Engine) -> None:
        self._config = config
        self._engine = engine
        self._attempts = Attempts(config.passwords, engine)
        self._line: Line[_Attempt] = Line(config.passwords.checks_max)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="passwords")
        self._is_busy = False
        self._is_closed = False

    def renew(self, config: Config) -> None:
        """Go by another configuration. What waits is checked by the one before, and is good for
        nothing if that had another password.
        """
        self._config = config
        self._attempts.renew(config.passwords)
        self._line.longest = config.passwords.checks_max

    def close(self) -> None:
        """Check nothing any more."""
        self._is_closed = True
        self._thread.shutdown(wait=False, cancel_futures=True)

    def check(
        self,
        client: AcceptorLink,
        frame: bytes,
        connection: Connection,
        answer: Callable[[Verdict], None],
    ) -> None:
        """Look at the Logon(A) in `frame`, said to be of `client`. The connection is not read
        meanwhile.
        """
        message = parse(frame)
        said = message.fields if isinstance(message, Message) else {}
        attempt = _Attempt(client, dict(said), connection, answer)
        attempt.fault = self._policy(client, attempt.said)
        if not client.password_hash:
            answer(Verdict(True, fault=attempt.fault))
            return
        attempt.entry = self._entry(client.name)
        away = self._line.add(attempt.address, attempt)
        if away is not None:
            self._engine.hit("checks_max")
            away.answer(Verdict(False, why="too many passwords wait to be checked"))
        self._go_on()

    def _entry(self, name: str) -> str:
        """What guesses are counted by: a stranger chooses among the names that a template takes."""
        template = template_of(self._config, name)
        return name if template is None else template.name

    def _policy(self, client: AcceptorLink, said: dict[str, str]) -> str:
        """Why a NewPassword(925) is not taken, "" if it is or there is none."""
        if said.get(ENCRYPTED_NEW_PASSWORD):
            return "EncryptedNewPassword(1404) is not supported"
        new = said.get(NEW_PASSWORD)
        if new is None:
            return ""
        least = self._config.passwords.new_password_min_length
        if not (client.password_hash and client.new_password_allowed):
            return "NewPassword(925) is not taken: ask the operator for another password"
        if len(new) < least:
            return f"NewPassword(925) must have at least {least} characters"
        if not all(" " <= letter <= "~" for letter in new):
            return "NewPassword(925) must be printable ASCII"
        if new == said.get(PASSWORD):
            return "NewPassword(925) must be another one"
        return ""

    # --- for operators --------------------------------------------------------------------------

    def locked_out(self, name: str, now: int) -> list[str]:
        """The addresses that are locked out of a session, each with until when."""
        locked = self._engine.core.state.lockouts.of(self._entry(name), now)
        return [f"{_whom(one.address)} until {_utc(one.until_ns)}" for one in locked]

    def unlock(self, name: str, who: str, now: int) -> None:
        """Lock nobody out any more."""
        entry = self._entry(name)
        self._attempts.forget(entry)
        if self._engine.core.state.lockouts.of(entry, now):
            self._engine.event(Unlocked(entry, who), now)

    # --- one after the other --------------------------------------------------------------------

    def _go_on(self) -> None:
        while not (self._is_busy or self._is_closed):
            attempt = self._line.next()
            if attempt is None:
                return
            if not attempt.connection.is_open:
                attempt.answer(Verdict(False, why=HUNG_UP))
            elif not self._is_locked(attempt):
                self._begin(attempt)

    def _is_locked(self, attempt: _Attempt) -> bool:
        locked = self._attempts.is_locked(attempt.entry, attempt.address, time_ns())
        if locked:
            attempt.answer(Verdict(False, why=f"{attempt.entry} is locked out there"))
        return locked

    def _begin(self, attempt: _Attempt) -> None:
        said = attempt.said
        user = attempt.client.username
        is_user = not user or compare_digest(
            user.encode(), said.get(USERNAME, "").encode("utf-8", "replace")
        )
        wanted = self._password_hash(attempt.client) if is_user else passwords.NOBODY
        new = "" if attempt.fault else said.get(NEW_PASSWORD, "")
        self._is_busy = True
        judged = asyncio.get_running_loop().run_in_executor(
            self._thread, _judge, wanted, said.get(PASSWORD, ""), new, is_user
        )
        judged.add_done_callback(partial(self._judged, attempt))

    def _password_hash(self, client: AcceptorLink) -> str:
        """The client's own, unless an operator has written another since it was changed."""
        configured = client.password_hash
        for link in self._engine.links.values():
            if link.name == client.name:
                changed = self._engine.core.state.links[link.number].password
                if changed is not None and changed.instead_of == configured:
                    return changed.password_hash
        return configured

    def _judged(self, attempt: _Attempt, judged: "asyncio.Future[tuple[bool, str]]") -> None:
        self._is_busy = False
        if self._is_closed or judged.cancelled():
            return
        error = judged.exception()
        if error is not None:
            text = f"{attempt.client.name}: a password cannot be checked: {error}"
            self._engine.alarm(AUTHENTICATION, text)
            attempt.answer(Verdict(False, why="its password cannot be checked"))
        else:
            self._decide(attempt, *judged.result())
        self._go_on()

    def _decide(self, attempt: _Attempt, good: bool, new_hash: str) -> None:
        """A wrong one counts, also of a peer that has hung up before the answer."""
        now = time_ns()
        entry, address = attempt.entry, attempt.address
        if not good:
            text = f"Username(553) or Password(554) of a Logon(A) from {address} is wrong"
            self._engine.alarms.add(
                AUTHENTICATION, f"{attempt.client.name}: {text}", by_anybody=True
            )
            self._attempts.failed(entry, address, now)
            attempt.answer(Verdict(False, why=text))
            return
        if self._is_outdated(attempt):
            attempt.answer(Verdict(False, why="its password was changed meanwhile"))
            return
        self._attempts.succeeded(entry, address, now)
        if attempt.connection.is_open:
            before = attempt.client.password_hash
            answer = Verdict(True, new_hash=new_hash, instead_of=before, fault=attempt.fault)
        else:
            answer = Verdict(False, why=HUNG_UP)
        attempt.answer(answer)

    def _is_outdated(self, attempt: _Attempt) -> bool:
        """Whether the entry has another user or password by now, or is there no more."""
        held = attempt.client
        found = next((c for c in self._config.acceptors if c.name == attempt.entry), None)
        return found is None or (found.username, found.password_hash) != (
            held.username,
            held.password_hash,
        )

    def changed(self, link: Link, verdict: Verdict, now: int) -> None:
        """Its Logon(A) was taken, and with it its NewPassword(925)."""
        event = PasswordChanged(link.number, verdict.new_hash, verdict.instead_of)
        self._engine.event(event, now)
        log.info("password changed", session=link.name)


def _whom(address: str) -> str:
    return "addresses it never logged on from" if address == ANY_NEW else address


def _utc(time_ns: int) -> str:
    return f"{format_utc_timestamp(time_ns, 0)} UTC"


def _judge(wanted: str, given: str, new: str, is_user: bool) -> tuple[bool, str]:
    """In the thread: whether the password is right, and the hash of a new one."""
    good = passwords.matches(wanted, given) and is_user
    return good, passwords.hash_password(new) if good and new else ""
