"""The rules of sessions: read with the dictionaries that they are judged by, and put on record.

Owns which rules belong to which session. What they do is in `gateway.translate.tag_rules`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.config import ConfigError
from gateway.config.fix_link import FixLink
from gateway.config.tag_rules import RulesFile, compiled, read_rules
from gateway.dictionaries import Dictionaries
from gateway.events import TagRulesInForce
from gateway.translate.passing import Groups, views
from gateway.translate.tag_checks import Surroundings
from gateway.translate.tag_rules import TagRules
from sessions.dictionary import Dictionary, builtin_of
from sessions.fields import (
    SENDER_LOCATION_ID,
    SENDER_SUB_ID,
    TARGET_LOCATION_ID,
    TARGET_SUB_ID,
)

if TYPE_CHECKING:
    from gateway.engine import Engine
    from gateway.link import Link


class SessionRules:
    """Those of all sessions; `problems` has what is wrong with them."""

    def __init__(self, links: Sequence[FixLink], dictionaries: Dictionaries) -> None:
        self._dictionaries = dictionaries
        self._rules: dict[tuple[Path, Dictionary], TagRules] = {}
        self.problems: list[str] = []
        with_rules = [link for link in links if link.tag_rules is not None]
        if with_rules:
            views_of_all = views(dict.fromkeys(dictionaries.of(link) for link in links))
            files = dict(self._files({link.tag_rules for link in with_rules if link.tag_rules}))
            for link in with_rules:
                self._compile(link, files, views_of_all)

    def of(self, link: FixLink) -> TagRules | None:
        """The rules of a session, also of one that a template made."""
        if link.tag_rules is None:
            return None
        return self._rules[link.tag_rules, self._dictionaries.of(link)]

    def _files(self, paths: set[Path]) -> Iterator[tuple[Path, RulesFile]]:
        for path in sorted(paths):
            try:
                yield path, read_rules(path)
            except ConfigError as error:
                self.problems += error.problems
            except OSError as error:
                self.problems.append(f"{path}: {error.strerror}")

    def _compile(
        self, link: FixLink, files: dict[Path, RulesFile], all_views: list[Dictionary]
    ) -> None:
        if link.tag_rules not in files:
            return
        dictionary = self._dictionaries.of(link)
        standard = builtin_of(link.begin_string, link.default_appl_ver_id or "", link.appl_ver_ids)
        around = Surroundings(
            dictionary=dictionary,
            standard=standard,
            known=frozenset().union(*(view.fields for view in (standard, *all_views))),
            groups=Groups(all_views).tags,
            said=_said(link),
        )
        try:
            self._rules[link.tag_rules, dictionary] = compiled(files[link.tag_rules], around)
        except ConfigError as error:
            self.problems += [text for text in error.problems if text not in self.problems]


def _said(link: FixLink) -> frozenset[str]:
    """The header fields that a session's settings have it say."""
    settings = {
        SENDER_SUB_ID: link.sender_sub_id,
        TARGET_SUB_ID: link.target_sub_id,
        SENDER_LOCATION_ID: link.sender_location_id,
        TARGET_LOCATION_ID: link.target_location_id,
    }
    return frozenset(tag for tag, value in settings.items() if value)


def record_rules(engine: Engine, link: Link, now: int) -> None:
    """Journal by which rules a session goes from now on, if it went by others before."""
    rules, known = link.rules, engine.core.state.links[link.number].rules
    event = TagRulesInForce(link.number, "", "", "")
    if rules is not None:
        event = TagRulesInForce(link.number, rules.digest, rules.version, rules.path)
    if event.digest != (known.digest if known is not None else ""):
        engine.event(event, now)
