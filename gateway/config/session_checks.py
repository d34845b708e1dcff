"""Checks of what sessions refer to and share: schedules and listeners.

Part of `checks.CHECKS`; each check takes a draft and yields problems.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gateway.config.clients import AcceptorLink
from gateway.config.models import FIX_SECTIONS
from gateway.config.problems import Problem, no_such
from gateway.config.schedules import WINDOW
from sessions.schedule_text import overlapping, parse_windows, shown

if TYPE_CHECKING:
    from gateway.config.checks import Draft


def acceptors(draft: Draft) -> Iterator[tuple[str, int, AcceptorLink]]:
    """Sections, indexes and settings of all who log on to us."""
    for index, client in draft.clients.items():
        yield "clients", index, client
    for index, copy in draft.drop_copies.items():
        yield "drop_copies", index, copy


def names_in_section_unique(draft: Draft) -> Iterator[Problem]:
    """Of what has its name in its own section only."""
    for section in ("schedules", "listeners", "routes", "breakers", "alerts"):
        seen: dict[str, int] = {}
        for index, name in draft.names(section):
            if name and seen.setdefault(name, index) != index:
                path = (section, index, "name")
                yield Problem(path, f'"{name}" is already the name of {section}[{seen[name]}]')


def schedules_resolve(draft: Draft) -> Iterator[Problem]:
    """A session's schedule must be there."""
    known = {name for _, name in draft.names("schedules")}
    for section in FIX_SECTIONS:
        for index, name in draft.written(section, "schedule"):
            if name and name not in known:
                yield Problem((section, index, "schedule"), no_such("schedule", name, known))


def windows_apart(draft: Draft) -> Iterator[Problem]:
    """Windows may touch, and must not overlap; those that begin intervals must be there."""
    for index, schedule in draft.schedules.items():
        windows = parse_windows(schedule.windows, schedule.weekdays)
        pair = overlapping(windows)
        if pair is not None:
            first, second = map(shown, pair)
            yield Problem(("schedules", index, "windows"), f"{first} and {second} overlap")
        if schedule.reset == (WINDOW,) and not windows:
            yield Problem(
                ("schedules", index, "reset"), '"window" needs windows, and there are none'
            )


def listeners_resolve(draft: Draft) -> Iterator[Problem]:
    """The listeners that a session is limited to must be there."""
    known = {name for _, name in draft.names("listeners")}
    for section in ("clients", "drop_copies"):
        for index, name in draft.written(section, "listeners"):
            if name not in known:
                yield Problem((section, index, "listeners"), no_such("listener", name, known))


def templates_apart(draft: Draft) -> Iterator[Problem]:
    """Names tell the sessions of a template from all others; only clients have templates."""
    templates = [client.name for client in draft.clients.values() if client.is_template]
    for section in FIX_SECTIONS:
        for index, name in draft.names(section):
            for template in templates:
                if name.startswith(f"{template}."):
                    path = (section, index, "name")
                    yield Problem(path, f'"{name}" is a name of the template "{template}"')
    for section, sessions in (("drop_copies", draft.drop_copies), ("brokers", draft.brokers)):
        for index, session in sessions.items():
            if "*" in getattr(session, "target_comp_id", ""):
                path = (section, index, "target_comp_id")
                yield Problem(path, 'must have no "*": only clients have templates')


def templates_needed(draft: Draft) -> Iterator[Problem]:
    """What only a template heeds, where there is none, and what it cannot heed."""
    for index, client in draft.clients.items():
        if client.sub_ids_identify and client.is_template:
            path = ("clients", index, "sub_ids_identify")
            yield Problem(path, "is not for a template: it tells its clients by CompID alone")
        if client.comp_ids and not client.is_template:
            path = ("clients", index, "comp_ids")
            yield Problem(path, 'is for a template, with "*" in target_comp_id')


def sources_complete(draft: Draft) -> Iterator[Problem]:
    """A source port is one of a source address."""
    for index, broker in draft.brokers.items():
        if getattr(broker, "source_port", 0) and not getattr(broker, "source_host", ""):
            yield Problem(("brokers", index, "source_port"), "needs a source_host")


def usernames_proven(draft: Draft) -> Iterator[Problem]:
    """What says nothing without a password."""
    for section, index, link in acceptors(draft):
        if link.password_hash:
            continue
        if link.username:
            path = (section, index, "username")
            yield Problem(path, "needs a password_hash: `fixgate hash-password` makes one")
        if link.new_password_allowed:
            path = (section, index, "new_password_allowed")
            yield Problem(path, "needs a password_hash to begin with")
