"""Value types of the configuration: limits that can be off, one-or-many lists, host:port, tags.

Owns how one value is written in TOML. Knows nothing of sections or files. Each type answers a bad
value with one sentence, so that a problem list stays one line a problem.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BeforeValidator, PlainValidator, Strict

from gateway.reference import PRICE_ORDER
from gateway.risk.scopes import KINDS
from gateway.translate.inbound import OWNED_TAGS
from sessions.addresses import parse_network
from sessions.certificates import parse_name

OFF: Final = "off"
NAME_PATTERN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
NODE_PATTERN: Final = re.compile(r"[A-Z0-9]{1,2}")
CURRENCY_PATTERN: Final = re.compile(r"[A-Z]{3}")
HOST_PATTERN: Final = re.compile(
    r"(?:\[(?P<v6>[0-9A-Fa-f:.%]+)\]|(?P<host>[^\s:\[\]]+)):(?P<port>[0-9]{1,5})"
)
TAG_PATTERN: Final = re.compile(r"[1-9][0-9]{0,8}")
HASH_PATTERN: Final = re.compile(
    r"\$argon2id\$v=19\$m=[0-9]{1,6},t=[0-9]{1,2},p=[0-9]{1,2}"
    r"\$[A-Za-z0-9+/]{11,256}\$[A-Za-z0-9+/]{16,256}"
)
PERCENT_MAX: Final = 100
SCOPE_KINDS: Final = ("client", "account", "symbol")


def _number(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    number = Decimal(str(value))
    return number if number.is_finite() else None


def _seconds(value: object) -> float:
    number = _number(value)
    if number is None:
        raise ValueError("must be a number of seconds")
    return float(number)


def _decimal_limit(value: object) -> Decimal | str | None:
    number = _number(value)
    if value is None or value == OFF:
        return OFF if value else None
    if number is None or number <= 0:
        raise ValueError('must be a number above 0, or "off"')
    return number


def _count_limit(value: object) -> int | str | None:
    limit = _decimal_limit(value)
    if isinstance(limit, Decimal):
        if limit != int(limit):
            raise ValueError('must be a whole number above 0, or "off"')
        return int(limit)
    return limit


def _switch_limit(value: object) -> object:
    if value not in (None, "on", OFF):
        raise ValueError('must be "on" or "off"')
    return value


def _tags(value: object) -> str | tuple[str, ...]:
    if value in ("all", "none"):
        return str(value)
    bad: list[object] | None = None
    if isinstance(value, list | tuple):
        tags = tuple(str(tag) for tag in value)
        bad = [tag for tag in tags if not TAG_PATTERN.fullmatch(tag)]
        if not bad:
            return tags
    raise ValueError(f'must be "all", "none", or a list of tags such as [58, 5001]{but_not(bad)}')


def _strategy_tag(value: object) -> str:
    text = "" if isinstance(value, bool) else str(value)
    if (text and not TAG_PATTERN.fullmatch(text)) or isinstance(value, bool):
        raise ValueError('must be a tag such as 5001, or ""')
    if text in OWNED_TAGS.among:
        raise ValueError(f"{text} is a tag that the gateway reads or writes itself; name another")
    return text


def but_not(bad: Sequence[object] | None) -> str:
    """Names the elements of a list that are wrong; None: it is no list."""
    said = ", ".join(f'"{one}"' if isinstance(one, str) else str(one) for one in bad or ())
    return f", not {said}" if said else ""


def one_or_many(value: Any) -> Any:
    """`"ACME"` means `["ACME"]`: most rules name one thing."""
    return [value] if isinstance(value, str) else value


def parse_host(text: str) -> tuple[str, int]:
    """`"10.0.0.5:9001"` or `"[::1]:9001"` to host and port; ValueError otherwise."""
    match = HOST_PATTERN.fullmatch(text)
    if match is None or not 1 <= int(match["port"]) <= 65535:
        raise ValueError(f'"{text}" must be "host:port", for example "127.0.0.1:9001"')
    return match["v6"] or match["host"], int(match["port"])


def _host(text: str) -> str:
    parse_host(text)
    return text


def _name(text: str) -> str:
    if not NAME_PATTERN.fullmatch(text):
        raise ValueError(
            f'"{text}" must begin with a letter or digit and hold at most 64 of'
            " letters, digits, '_', '.', '-'"
        )
    return text


def _node(text: str) -> str:
    if not NODE_PATTERN.fullmatch(text):
        raise ValueError(f'"{text}" must be one or two capital letters or digits')
    return text


def _currency(text: str) -> str:
    if not CURRENCY_PATTERN.fullmatch(text):
        raise ValueError(f'"{text}" must be three capital letters, for example "USD"')
    return text


def _scope(text: str) -> str:
    kind, colon, subject = text.partition(":")
    if text == "firm" or (colon and subject and kind in SCOPE_KINDS):
        return text
    raise ValueError(f'"{text}" must be "firm", "client:NAME", "account:NAME" or "symbol:NAME"')


def _limit_scope(text: str) -> str:
    kind, colon, subject = text.partition(":")
    if text == "firm" or (colon and subject and kind in KINDS[1:]):
        return text
    kinds = ", ".join(KINDS[1:])
    raise ValueError(f'"{text}" must be "firm", or "KIND:NAME" or "KIND:*" with one of {kinds}')


def _rates(value: object) -> dict[str, Decimal]:
    table = value if isinstance(value, dict) else {"": ""}
    found: dict[str, Decimal] = {}
    for currency, written in table.items():
        number = _number(written)
        if number is None or number <= 0 or not CURRENCY_PATTERN.fullmatch(str(currency)):
            raise ValueError(
                f"must be a table of rates above 0, {{ EUR = 1.08 }}{but_not([written])}"
            )
        found[str(currency)] = number
    return found


def _rate_symbols(value: object) -> dict[str, str]:
    table = value if isinstance(value, dict) else {"": ""}
    for currency, symbol in table.items():
        if (
            not CURRENCY_PATTERN.fullmatch(str(currency))
            or not symbol
            or not isinstance(symbol, str)
        ):
            raise ValueError(
                f'must be a table of symbols, {{ EUR = "EUR/USD" }}{but_not([symbol])}'
            )
    return dict(table)


def _price_order(value: object) -> tuple[str, ...]:
    kinds = tuple(value) if isinstance(value, list | tuple) else ()
    if not kinds or len(set(kinds)) != len(kinds) or not set(kinds) <= set(PRICE_ORDER):
        raise ValueError('must be a list of "last", "quote", "close", each once, the first first')
    return kinds


def _marks(value: object) -> tuple[Decimal, ...]:
    numbers = [_number(one) for one in value] if isinstance(value, list | tuple) else [None]
    marks = [number for number in numbers if number is not None]
    if len(marks) != len(numbers) or marks != sorted(set(marks)):
        raise ValueError("must be a list of percentages, lowest first, such as [70, 90]")
    if marks and not 0 < marks[0] <= marks[-1] <= PERCENT_MAX:
        raise ValueError("must be percentages above 0 and up to 100, such as [70, 90]")
    return tuple(marks)


def _hash(text: str) -> str:
    if text and not HASH_PATTERN.fullmatch(text):
        raise ValueError("must be the line that `fixgate hash-password` prints")
    return text


def _network(text: str) -> str:
    parse_network(text)
    return text


def unique(values: tuple[str, ...]) -> tuple[str, ...]:
    """A list of texts, each once; ValueError otherwise."""
    doubled = sorted({value for value in values if values.count(value) > 1})
    if doubled:
        raise ValueError(f"names {', '.join(doubled)} more than once")
    return values


Whole = Annotated[int, Strict()]
Switch = Annotated[bool, Strict()]
Seconds = Annotated[float, BeforeValidator(_seconds)]
Name = Annotated[str, AfterValidator(_name)]
Node = Annotated[str, AfterValidator(_node)]
Currency = Annotated[str, AfterValidator(_currency)]
HostPort = Annotated[str, AfterValidator(_host)]
Scope = Annotated[str, AfterValidator(_scope)]
LimitScope = Annotated[str, AfterValidator(_limit_scope)]
Rates = Annotated[dict[str, Decimal], PlainValidator(_rates)]
RateSymbols = Annotated[dict[str, str], PlainValidator(_rate_symbols)]
PriceOrder = Annotated[tuple[str, ...], PlainValidator(_price_order)]
Marks = Annotated[tuple[Decimal, ...], PlainValidator(_marks)]
PasswordHash = Annotated[str, AfterValidator(_hash)]
Texts = Annotated[tuple[str, ...], BeforeValidator(one_or_many), AfterValidator(unique)]
Networks = Annotated[
    tuple[Annotated[str, AfterValidator(_network)], ...],
    BeforeValidator(one_or_many),
    AfterValidator(unique),
]
CertificateNames = Annotated[
    tuple[Annotated[str, AfterValidator(parse_name)], ...],
    BeforeValidator(one_or_many),
    AfterValidator(unique),
]
PassTags = Annotated[Literal["all", "none"] | tuple[str, ...], PlainValidator(_tags)]
SwitchLimit = Annotated[Literal["on", "off"] | None, PlainValidator(_switch_limit)]
AmountLimit = Annotated[Decimal | Literal["off"] | None, PlainValidator(_decimal_limit)]
StrategyTag = Annotated[str, PlainValidator(_strategy_tag)]
CountLimit = Annotated[int | Literal["off"] | None, PlainValidator(_count_limit)]
