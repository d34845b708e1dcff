"""A configuration and every file that it names, read: nothing of it is in force yet.

Told whole: a file with mistakes does not hide those of another.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from copy import copy
from hashlib import sha256
from pathlib import Path
from typing import Final

from gateway.config import Config, ConfigError, DropCopy
from gateway.config.checks import TABLES
from gateway.config.fix_link import FixLink
from gateway.dictionaries import Dictionaries
from gateway.reference import Reference, ReferenceDataError, load_reference
from gateway.reference_rows import Source
from gateway.retention.owner import problem_with
from gateway.session_dialects import SessionDialects
from gateway.session_rules import SessionRules
from sessions.dictionary import DictionaryError

NO_REFERENCE: Final = Reference({}, {}, 0)


class Prepared:
    """What a gateway is made of."""

    __slots__ = ("_contents", "config", "dialects", "dictionaries", "reference", "rules")

    def __init__(
        self,
        config: Config,
        reference: Reference,
        dictionaries: Dictionaries,
        rules: SessionRules | None = None,
    ) -> None:
        self.config = config
        self.reference = reference
        self.dictionaries = dictionaries
        self.dialects = SessionDialects(config, dictionaries)
        self.rules = rules or SessionRules([], dictionaries)
        files = {path for link in config.fix_links for _, path in link.files}
        self._contents = {path: _digest(path) for path in files}

    def with_reference(self, reference: Reference) -> "Prepared":
        """The same with other reference data."""
        made = copy(self)
        made.reference = reference
        return made

    def contents(self, link: FixLink) -> list[tuple[str, bytes]]:
        """What the files of a session held when they were read, by setting."""
        return [(name, self._contents.get(path, b"")) for name, path in link.files]


def prepare(config: Config) -> Prepared:
    """Read what a configuration names; raises ConfigError with every problem of every file."""
    dictionaries = Dictionaries()
    problems = list(dict.fromkeys(_dictionary_problems(config, dictionaries)))
    rules = SessionRules([] if problems else config.fix_links, dictionaries)
    problems += rules.problems
    data = NO_REFERENCE
    try:
        data = read_reference(config)
    except ReferenceDataError as error:
        problems += error.problems
    problems += filter(None, [problem_with(config)])
    if problems:
        raise ConfigError(problems)
    return Prepared(config, data, dictionaries, rules)


def read_reference(config: Config) -> Reference:
    """The reference data that a configuration names; raises ReferenceDataError."""
    settings = config.reference
    sources: dict[str, Source | None] = {name: getattr(settings, name) for name in TABLES}
    with ExitStack() as opened:
        if settings.sql is not None:
            from gateway.reference_sql import ReferenceDatabase  # noqa: PLC0415 - slow to load

            database = opened.enter_context(
                ReferenceDatabase(settings.sql.database_url, settings.sql.timeout_s)
            )
            queries = {name: getattr(settings.sql, name) for name in TABLES}
            sources |= {n: database.query(n, text) for n, text in queries.items() if text}
        instruments, prices = sources["instruments"], sources["prices"]
        assert instruments is not None, "instruments are always named"
        assert prices is not None, "prices are always named"
        return load_reference(
            instruments,
            prices,
            settings.price_max_age_s,
            sources["corporate_actions"],
            restrictions=sources["restricted"],
            permissions=sources["permissions"],
            hours={schedule.name: schedule.calendar for schedule in config.schedules},
            price_order=settings.reference_price,
            quote_max_age_s=settings.quote_max_age_s,
        )


def _dictionary_problems(config: Config, dictionaries: Dictionaries) -> Iterator[str]:
    for link in config.fix_links:
        try:
            dictionary = dictionaries.of(link)
            if isinstance(link, DropCopy) and "8" not in dictionary.messages:
                yield f"{link.name}: its dictionary has no ExecutionReport(8) to be copied"
        except DictionaryError as error:
            yield str(error)
        except OSError as error:
            yield f"{error.filename}: {error.strerror}"


def _digest(path: Path) -> bytes:
    """Of a file that has just been read; one that is gone since is another one."""
    try:
        return sha256(path.read_bytes()).digest()
    except OSError:
        return b""
