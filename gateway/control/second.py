"""Verbs that need two people: a request becomes a proposal, an approved proposal the same request.

Owns which handler a verb has, and how its arguments are kept. A handler that needs a second person
takes `desk`, `who`, names in the path, and at most one request model, and is called with them
either by the API at once or from here. See `gateway.control.verbs` for how to declare one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, get_type_hints

from fastapi import APIRouter
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import ValidationError

from gateway.control.desk import Desk
from gateway.control.errors import DeskError
from gateway.control.operator_models import ApprovedView, ProposalView
from gateway.control.requests import Request
from gateway.control.verbs import LOOKS, NEVER, VERBS, Verb
from gateway.operators import both

Handler = Callable[..., Any]


class Waits(Exception):  # noqa: N818 - a state of the world, named as one
    """It is not done: it waits for a second person."""

    def __init__(self, proposal: ProposalView) -> None:
        super().__init__(proposal.key)
        self.proposal = proposal


class Endpoints:
    """The handler of each verb, and the verb of each handler."""

    def __init__(self, handlers: dict[Verb, Handler]) -> None:
        self._handlers = handlers
        self._verbs = {handler: verb for verb, handler in handlers.items()}

    def __getitem__(self, verb: Verb) -> Handler:
        return self._handlers[verb]

    def __contains__(self, verb: Verb) -> bool:
        return verb in self._handlers

    def verb_of(self, handler: Handler) -> Verb:
        """What it does."""
        return self._verbs[handler]


def endpoints(routers: Iterable[APIRouter]) -> Endpoints:
    """The handlers of all verbs; a path without a verb, or a verb without a path, is a fault."""
    found = {
        (method, route.path): route.endpoint
        for router in routers
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    }
    named = {(verb.method, verb.path): verb for verb in VERBS}
    assert found.keys() == named.keys(), f"not in both: {sorted(found.keys() ^ named.keys())}"
    handlers = {named[place]: handler for place, handler in found.items()}
    for verb, handler in handlers.items():
        if verb.second_person != NEVER:
            _check(verb, handler)
    return Endpoints(handlers)


def _check(verb: Verb, handler: Handler) -> None:
    """Nothing but what a proposal holds."""
    model, names = _parameters(handler)
    odd = [name for name in names if f"{{{name}}}" not in verb.path.replace(":path}", "}")]
    assert model is not None, f"{verb.name}: has no request that a proposal could keep"
    assert not odd, f"{verb.name}: {odd} can't be kept in a proposal"
    assert hasattr(Desk, LOOKS.get(verb.name, "")), f"{verb.name}: no desk looks at it"


def _parameters(handler: Handler) -> tuple[type[Request] | None, list[str]]:
    """The model of the request, and the names of all else that it is given."""
    hints = get_type_hints(handler)
    models = {n: t for n, t in hints.items() if isinstance(t, type) and issubclass(t, Request)}
    names = hints.keys() - models.keys() - {"desk", "who", "return"}
    return models.get("ask"), sorted(names)


def _arguments_of(
    handler: Handler, path: dict[str, str], body: bytes
) -> tuple[dict[str, object], Request]:
    """What a proposal keeps of a request, and what it asks; raises RequestValidationError."""
    model, _ = _parameters(handler)
    assert model is not None
    try:
        ask = model.model_validate_json(body)
    except ValidationError as error:
        raise RequestValidationError(
            [{**e, "loc": ("body", *e["loc"])} for e in error.errors()]
        ) from error
    return {"path": path, "body": ask.model_dump(mode="json")}, ask


async def propose(
    desk: Desk, verb: Verb, handler: Handler, path: dict[str, str], body: bytes, *, who: str
) -> ProposalView:
    """Keep a request until somebody else approves, if it can be done as things are."""
    arguments, ask = _arguments_of(handler, path, body)
    getattr(desk, LOOKS[verb.name])(ask, **path)
    why = str(getattr(ask, "reason", ""))
    return await desk.propose(verb, arguments, who=who, why=why)


async def approve(
    desk: Desk, endpoints: Endpoints, key: str, *, who: str, why: str
) -> ApprovedView:
    """Do what was proposed, as `who` says; nothing comes between the mark and the deed."""
    verb, proposal = desk.approve(key, who=who, why=why)
    people = both(proposal.who, who)
    try:
        answer = await _call(desk, endpoints[verb], proposal.arguments, people)
    except Exception as error:
        desk.fail(key, who=who, why=str(error))
        await desk.flush()
        if isinstance(error, DeskError):
            raise _failed(key, error) from error
        raise
    return ApprovedView(proposal=desk.proposal(key), answer=jsonable_encoder(answer))


def _failed(key: str, error: DeskError) -> DeskError:
    told = f"{key} has failed, and must be asked for anew"
    remedy = f"{error.remedy}; {told}" if error.remedy else told
    return DeskError(error.code, error.text, remedy, error.status)


async def _call(desk: Desk, handler: Handler, arguments: dict[str, Any], who: str) -> Any:
    model, _ = _parameters(handler)
    assert model is not None
    try:
        ask = model.model_validate(arguments["body"])
    except ValidationError as error:
        text = f"this version of fixgate does not take it: {error.errors()[0]['msg']}"
        raise DeskError("OUTDATED_PROPOSAL", text, "ask for it anew") from error
    return await handler(desk=desk, who=who, ask=ask, **arguments["path"])
