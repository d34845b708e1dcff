"""The operators' desk for operators themselves: who may come in, and who may do what.

Tokens are made and compared here; the journal has their hashes. What is refused is recorded and
alarmed, so many times a minute, and counted beyond.
"""

from time import time_ns
from typing import Final

from gateway.config import Config
from gateway.control.desk import DeskError, unknown_operator
from gateway.control.operator_models import Issue, OperatorView, Rotate, TokenView
from gateway.control.verbs import ROLES, Verb
from gateway.engine import Engine
from gateway.events import OperatorIssued, OperatorRevoked, OperatorRotated
from gateway.operators import Person, action
from gateway.operators.book import Operator
from gateway.operators.tokens import Verifier, new_token, parts

REQUIRED: Final = "required"
REFUSED: Final = "OPERATOR_REFUSED"
"""Code of the alarm for somebody who may not do what he asks for."""
MINUTE_NS: Final = 60_000_000_000
OPERATORS_MAX: Final = 1000
NAMED_ONLY: Final = "this gateway takes commands of named operators only"
HOW_TO_BE_NAMED: Final = "set FIXGATE_TOKEN to your token; an administrator issues one"


class OperatorDesk:
    """Part of the desk; `_engine` and `_config` are those of the whole."""

    _engine: Engine
    _config: Config

    def __init__(self) -> None:
        self._verifier = Verifier()
        self._refused_minute = self._refused = 0

    # --- coming in ------------------------------------------------------------------------------

    @property
    def operators_required(self) -> bool:
        """Whether only named operators may command."""
        return self._config.control.operators == REQUIRED

    async def admit(self, verb: Verb, os_user: str, authorization: str) -> str:
        """Who it is that asks for a verb; raises DeskError where he may not."""
        if not self.operators_required:
            return os_user
        said = parts(authorization)
        if said is None:
            what = "the token is malformed" if authorization else "no token is given"
            raise self.turned_away(_no_token("NO_TOKEN", what), verb, Person("", os_user))
        name, secret = said
        who = Person(name, os_user)
        operators = self._engine.core.state.operators
        known = operators.get(name)
        token_hash = known.token_hash if known is not None else ""
        right = await self._verifier.is_right(token_hash, secret)
        known = operators.get(name)  # as it is by now
        if not right or known is None or known.token_hash != token_hash:
            what = "the token is nobody's, it may have been rotated or revoked"
            raise self.turned_away(_no_token("BAD_TOKEN", what), verb, who)
        if known.expired(time_ns()):
            raise self.turned_away(_no_token("TOKEN_EXPIRED", "the token expired"), verb, who)
        if not self.may(name, verb):
            raise self.turned_away(forbidden(name, verb), verb, who)
        return who

    def may(self, name: str, verb: Verb) -> bool:
        """Whether somebody may do a verb, as things are."""
        if not self.operators_required:
            return True
        known = self._engine.core.state.operators.get(name)
        return known is not None and not known.expired(time_ns()) and bool(known.roles & verb.roles)

    def turned_away(self, error: DeskError, verb: Verb, who: str) -> DeskError:
        """Record and alarm that somebody may not do what he asks for; answers the error."""
        now = time_ns()
        minute = now // MINUTE_NS
        if minute != self._refused_minute:
            self._refused_minute, self._refused = minute, 0
        self._refused += 1
        if self._refused > self._config.control.refusals_per_minute_max:
            self._engine.hit("refusals_per_minute_max")
            return error
        said = action(who, error.text, "refused", verb=verb.name, code=error.code)
        self._engine.operator(said, now)
        of = f" of operating-system user {who.os_user}" if isinstance(who, Person) else ""
        self._engine.alarm(REFUSED, f"{verb.name} by {who or 'somebody'}{of}: {error.text}")
        return error

    # --- who there is ---------------------------------------------------------------------------

    def operators(self) -> list[OperatorView]:
        """Those that are not revoked, in the order in which they were issued."""
        now = time_ns()
        return [_view(known, now) for known in self._engine.core.state.operators.all()]

    async def issue_operator(self, ask: Issue, *, who: str) -> TokenView:
        """Name an operator; answers the token."""
        roles = _roles(ask.roles)
        _check_expiry(ask.expires_ns)
        book = self._engine.core.state.operators
        token, token_hash = await new_token(ask.name)
        if book.get(ask.name) is not None:
            remedy = (
                "`fixgate operators rotate` gives another token; other roles are given by"
                " `revoke` and `issue`"
            )
            raise DeskError("DUPLICATE_OPERATOR", f"there is an operator {ask.name}", remedy)
        if len(book.all()) >= OPERATORS_MAX:
            raise DeskError("TOO_MANY_OPERATORS", f"there are {OPERATORS_MAX}", "revoke some")
        now = time_ns()
        said = action(who, ask.reason, "operator issue", name=ask.name, roles=roles)
        self._engine.operator(said, now)
        issued = OperatorIssued(ask.name, roles, token_hash, ask.expires_ns, who, ask.reason)
        self._engine.event(issued, now)
        await self._engine.committer.flush()
        return self._token_view(ask.name, token)

    async def rotate_operator(self, name: str, ask: Rotate, *, who: str) -> TokenView:
        """Give an operator another token, which ends when the one before would have if nothing else
        is said, and end the one before.
        """
        _check_expiry(_expiry(ask, self._known(name)))
        token, token_hash = await new_token(name)
        expires_ns = _expiry(ask, self._known(name))  # still
        now = time_ns()
        self._engine.operator(action(who, ask.reason, "operator rotate", name=name), now)
        self._engine.event(OperatorRotated(name, token_hash, expires_ns, who, ask.reason), now)
        await self._engine.committer.flush()
        return self._token_view(name, token)

    async def revoke_operator(self, name: str, *, who: str, why: str) -> list[OperatorView]:
        """End an operator; answers those that are left."""
        now = time_ns()
        self._known(name)
        usable = [one.name for one in self._administrators() if not one.expired(now)]
        if self.operators_required and usable == [name]:
            raise DeskError(
                "LAST_ADMINISTRATOR",
                f"{name} is the last administrator, and operators are required",
                "issue another one first",
            )
        self._engine.operator(action(who, why, "operator revoke", name=name), now)
        self._engine.event(OperatorRevoked(name, who, why), now)
        await self._engine.committer.flush()
        return self.operators()

    def _administrators(self) -> list[Operator]:
        return self._engine.core.state.operators.administrators()

    def _known(self, name: str) -> Operator:
        book = self._engine.core.state.operators
        known = book.get(name)
        if known is None:
            raise unknown_operator(name, (one.name for one in book.all()))
        return known

    def _token_view(self, name: str, token: str) -> TokenView:
        return TokenView(operator=_view(self._known(name), time_ns()), token=token)


def forbidden(name: str, verb: Verb) -> DeskError:
    """Somebody has not the role that a verb takes."""
    roles = " or ".join(role for role in ROLES if role in verb.roles)
    text = f"operator {name} may not do `{verb.name}`"
    return DeskError("FORBIDDEN", text, f"it takes the role {roles}", 403)


def _no_token(code: str, what: str) -> DeskError:
    return DeskError(code, f"{what}: {NAMED_ONLY}", HOW_TO_BE_NAMED, 401)


def _roles(wanted: list[str]) -> str:
    unknown = [role for role in wanted if role not in ROLES]
    if unknown:
        told = ", ".join(ROLES)
        raise DeskError("UNKNOWN_ROLE", f'there is no role "{unknown[0]}"', f"use {told}", 422)
    return ",".join(role for role in ROLES if role in wanted)


def _expiry(ask: Rotate, known: Operator) -> int:
    return known.expires_ns if ask.expires_ns is None else ask.expires_ns


def _check_expiry(expires_ns: int) -> None:
    if 0 < expires_ns <= time_ns():
        text, remedy = "the token would expire in the past", "`--expires 90d` sets when it does"
        raise DeskError("BAD_EXPIRY", text, remedy, 422)


def _view(known: Operator, now: int) -> OperatorView:
    issued_ns, issued = known.issued
    rotated_ns, rotated = known.rotated or (0, None)
    return OperatorView(
        name=known.name,
        roles=[role for role in ROLES if role in known.roles],
        issued_ns=issued_ns,
        issued_by=issued.who,
        rotated_ns=rotated_ns,
        rotated_by=rotated.who if rotated is not None else "",
        expires_ns=known.expires_ns,
        expired=known.expired(now),
    )
