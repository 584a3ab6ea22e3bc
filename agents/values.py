"""What a setting's text may be: each reader gives the value, and says in words what is right."""

import logging
import re
from collections.abc import Callable
from functools import partial
from ipaddress import IPv6Address
from typing import Final, NamedTuple, TypeVar

from agents.clock import Clock

Number = TypeVar("Number", int, float)

PERIOD_S_MAX: Final = 86_400
PORT_MAX: Final = 65_535
FETCH_BYTES_MAX: Final = (1 << 31) - 1
"""Kafka's protocol counts them in 32 bits."""
STANDBY_BYTES_MAX: Final = 1 << 40
SCALE_MAX: Final = 1e6
_NAMESPACE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
_HOST: Final = re.compile(r"[A-Za-z0-9._-]{1,253}")
_SERVER: Final = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[^\s:/\[\]]+)(?::(\d{1,5}))?")


class Reader(NamedTuple):
    """`read` raises ValueError for a text that is not what `must` says it must be."""

    read: Callable[[str], str | int | float]
    must: str


def _number(kind: Callable[[str], Number], low: Number, high: Number, text: str) -> Number:
    value = kind(text)
    if not low <= value <= high:  # So said, no NaN comes through.
        raise ValueError
    return value


def _matched(pattern: re.Pattern[str], text: str) -> str:
    if pattern.fullmatch(text) is None:
        raise ValueError
    return text


def _servers(text: str) -> str:
    for server in text.split(","):
        named = _SERVER.fullmatch(server)
        if named is None or not 1 <= int(named[1] or 1) <= PORT_MAX:
            raise ValueError
    return text


def _clock(text: str) -> str:
    if not 0 < Clock.of(text).scale <= SCALE_MAX:
        raise ValueError
    return text


def _level(text: str) -> str:
    if text.upper() not in logging.getLevelNamesMapping():
        raise ValueError
    return text.lower()


def _host(text: str) -> str:
    return str(IPv6Address(text)) if ":" in text else _matched(_HOST, text)


def _format(text: str) -> str:
    if text not in {"text", "json"}:
        raise ValueError
    return text


def count(low: int, high: int, of: str) -> Reader:
    """A whole number."""
    return Reader(partial(_number, int, low, high), f"a whole number of {of}, {low} to {high}")


TEXT: Final = Reader(str, "text")
SECONDS: Final = Reader(
    partial(_number, float, 0.01, PERIOD_S_MAX), f"a number of seconds, 0.01 to {PERIOD_S_MAX}"
)
SHARE: Final = Reader(partial(_number, float, 0.0, 1.0), "a share, 0 to 1")
PORT: Final = Reader(partial(_number, int, 0, PORT_MAX), f"a port, 1 to {PORT_MAX}, or 0 for none")
HOST: Final = Reader(_host, "an address of this machine, or its name, without a port")
FORMAT: Final = Reader(_format, "text or json")
SERVERS: Final = Reader(_servers, "HOST:PORT, or several of them with commas and no blanks between")
NAMESPACE: Final = Reader(
    partial(_matched, _NAMESPACE),
    "letters (a-z, A-Z), digits, `.`, `_` and `-`, beginning with a letter or digit, at most 200: "
    "topics are named by it",
)
CLOCK: Final = Reader(
    _clock,
    f"`real` or ORIGIN_MS@REAL_START_MS*SCALE, with a scale above 0 and up to {SCALE_MAX:,.0f}",
)
LEVEL: Final = Reader(_level, "debug, info, warning, error or critical")
