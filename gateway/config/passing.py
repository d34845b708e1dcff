"""Checks what routes pass on of repeating groups: a group goes to the broker whole or not at all.

Needs the dictionaries of a route's clients, which say what a group is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from gateway.config.problems import Problem
from gateway.translate.passing import Groups
from sessions.dictionary import DictionaryError

if TYPE_CHECKING:
    from gateway.config.clients import Client
    from gateway.config.rules import Route


def split_groups(index: int, route: Route, clients: Iterable[Client]) -> Iterator[Problem]:
    """A problem for each group of which the route's list has fields, but not the count tag."""
    if isinstance(route.pass_tags, str):
        return
    from gateway.dictionaries import Dictionaries  # noqa: PLC0415 - it imports the configuration

    try:
        dictionaries = Dictionaries().of_route(route, clients)
    except (DictionaryError, OSError, KeyError):
        return  # a problem of its own
    groups = Groups(dictionaries)
    split: dict[str, list[str]] = {}
    for tag in route.pass_tags:
        around = groups.around(tag)
        if around and set(around).isdisjoint(route.pass_tags):
            split.setdefault(around[0], []).append(tag)
    for count_tag, tags in split.items():
        name = next(d.fields[count_tag].name for d in dictionaries if count_tag in d.fields)
        yield Problem(("routes", index, "pass_tags"), _sentence(name, count_tag, tags))


def _sentence(name: str, count_tag: str, tags: list[str]) -> str:
    few = ", ".join(tags)
    return (
        f"{few} {'is' if len(tags) == 1 else 'are'} of the repeating group {name}({count_tag}),"
        f" which passes whole or not at all: name {count_tag} as well, or leave {few} out"
    )
